import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { acceptRun, settleReference } from '../../src/gate/accept.ts';
import { digestOfContent, manifestText } from '../../src/results/manifest.ts';
import { readManifest, readPaired, readResults } from '../../src/results/read.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

const hook = new URL('../../scripts/kills/hook.js', import.meta.url).href;
const built = new URL('../../dist/gate/accept.js', import.meta.url).href;

/** Accepts in a process that kills itself before its `at`-th change of a file. @returns whether it was killed */
function acceptKilled(run: string, target: string, at: number): boolean {
  const code = `import { acceptRun } from ${JSON.stringify(built)}; acceptRun(${JSON.stringify(run)}, ${JSON.stringify(target)}, 'now');`;
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    ['--import', hook, '--input-type=module', '--eval', code],
    { env: { ...process.env, KILL_AT: String(at) }, encoding: 'utf8' },
  );
  expect(signal === 'SIGKILL' || status === 0, stderr).toBe(true);
  return signal === 'SIGKILL';
}

const value = (mse: number) => summaryRow({ scheme: 'BACC' }, { mse: [mse, mse + 1] });
const run = (seed: number) => writeRun([value(seed)], manifest({ seed }));

/** A run with files that its manifest has the digests of. */
function runWith(files: Readonly<Record<string, string>>): string {
  const folder = run(1);
  const texts = { 'summary.csv': readFileSync(path.join(folder, 'summary.csv'), 'utf8'), ...files };
  for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(folder, name), text);
  const digests = Object.entries(texts).map(([name, text]) => [name, digestOfContent(name, Buffer.from(text))]);
  const whole = { ...readManifest(folder), files_sha256: Object.fromEntries(digests) };
  writeFileSync(path.join(folder, 'manifest.json'), manifestText(whole));
  return folder;
}

const paired = `${'experiment,model,dataset,output,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options'},scheme_a,scheme_b,metric,trials,diff_mean,diff_sem,ci_low,ci_high\n`;

describe('accept', () => {
  it('is never without a reference, at whichever change of a file it is killed', { timeout: 120_000 }, () => {
    const [first, second] = [run(1), run(2)];
    const root = temporaryFolder();
    const target = path.join(root, 'reference');
    let at = 1;
    for (; ; at++) {
      rmSync(root, { recursive: true, force: true });
      acceptRun(first, target, 'then');
      if (!acceptKilled(second, target, at)) break;
      settleReference(target); // as check does
      const { seed } = readManifest(target);
      expect([1, 2]).toContain(seed);
      expect(readResults(target).changed).toBeUndefined();
      acceptRun(second, target, 'later');
      expect(readManifest(target)).toMatchObject({ seed: 2, accepted: { at: 'later' } });
      expect(readdirSync(root)).toEqual(['reference']);
    }
    expect(at).toBeGreaterThan(6);
    expect(readManifest(target)).toMatchObject({ seed: 2, accepted: { at: 'now' } });
    expect(readdirSync(root)).toEqual(['reference']);
  });

  it('ends what was begun through a link too', { timeout: 60_000 }, () => {
    const root = temporaryFolder();
    const [target, link] = [path.join(root, 'reference'), path.join(root, 'link')];
    const [first, second] = [run(1), run(2)];
    for (let at = 5; ; at++) {
      rmSync(root, { recursive: true, force: true });
      acceptRun(first, target, 'then');
      symlinkSync(target, link);
      expect(acceptKilled(second, link, at)).toBe(true);
      if (!existsSync(target)) break; // between the two renames
    }
    settleReference(link);
    expect(readManifest(target).seed).toBe(2);
    expect(readdirSync(root).sort()).toEqual(['link', 'reference']);
  });

  it('keeps the small results, and refuses a run of which a file is damaged or gone', () => {
    const folder = runWith({ 'paired.csv': paired, 'trials.csv': 'hours of work\n' });
    const target = path.join(temporaryFolder(), 'reference');
    acceptRun(folder, target, 'now');
    expect(readdirSync(target).sort()).toEqual(['manifest.json', 'paired.csv', 'summary.csv', 'table.md']);
    expect(Object.keys(readManifest(target).files_sha256!)).toEqual(['summary.csv', 'paired.csv']);
    const before = readFileSync(path.join(target, 'manifest.json'), 'utf8');
    acceptRun(target, `${target}-again`, 'now'); // a reference is a run that can be accepted

    for (const name of ['trials.csv', 'paired.csv', 'summary.csv']) {
      const file = path.join(folder, name);
      const good = readFileSync(file);
      appendFileSync(file, '\n');
      expect(() => acceptRun(folder, target, 'now')).toThrow(`${file}: is not what the run wrote`);
      writeFileSync(file, good);
    }
    rmSync(path.join(folder, 'trials.csv'));
    expect(() => acceptRun(folder, target, 'now')).toThrow('trials.csv: is gone');
    expect(readFileSync(path.join(target, 'manifest.json'), 'utf8')).toBe(before);
    appendFileSync(path.join(target, 'paired.csv'), '\n');
    expect(readResults(target).changed).toMatch(/paired\.csv: is not what the run wrote/);
  });

  it('packs long differences, and reads and keeps them so', () => {
    const key = `${'quickstart,lenet5-mnist,mnist,logits,8,20,3,0,,,given,uniform,,'},BACC,NeRCC0,mse`;
    const long = paired + Array.from({ length: 2000 }, (_, i) => `${key},10,${i},1,${i - 2},${i + 2}\n`).join('');
    const target = path.join(temporaryFolder(), 'reference');
    acceptRun(runWith({ 'paired.csv': long }), target, 'now');
    acceptRun(target, `${target}-again`, 'now');
    for (const folder of [target, `${target}-again`]) {
      expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'paired.csv.gz', 'summary.csv', 'table.md']);
      expect(readPaired(folder).map(({ mean }) => mean)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
      expect(readResults(folder).changed).toBeUndefined();
    }
    expect(statSync(path.join(target, 'paired.csv.gz')).size).toBeLessThan(long.length / 5);
    writeFileSync(path.join(target, 'paired.csv.gz'), gzipSync(`${long}${key},10,1,1,0,2\n`));
    expect(readResults(target).changed).toMatch(/paired\.csv: is not what the run wrote/);
    writeFileSync(path.join(target, 'paired.csv.gz'), 'no gzip');
    expect(() => readPaired(target)).toThrow(/paired\.csv cannot be read/);
  });

  it('keeps the config as written only where no path is in it', () => {
    const target = path.join(temporaryFolder(), 'reference');
    for (const [models, kept] of [
      [path.resolve('models'), false],
      ['models', true],
    ] as const) {
      const config = { ...manifest().config, schemes: [{ scheme: 'parm', options: { models } }] };
      acceptRun(writeRun([value(1)], manifest({ config, written: `models: ${models}` })), target, 'now');
      const text = readFileSync(path.join(target, 'manifest.json'), 'utf8');
      expect(text.includes('somebody')).toBe(false);
      expect(readManifest(target).written !== undefined).toBe(kept);
    }
  });
});
