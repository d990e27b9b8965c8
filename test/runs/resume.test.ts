import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readManifest, readResults } from '../../src/results/read.ts';
import { sha256 } from '../../src/util/files.ts';
import { builtCli, cli, startBuiltCli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { editManifest } from '../helpers/manifest.ts';

const text = `name: resume
model: lenet5-mnist
dataset: mnist
K: 8
N: 24
S: [0, 6]
trials: 60
schemes:
  - bacc
  - replication
  - nercc: {tune: true}
tune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-8, 1.0e-6], trials: 10}
`;

function configFile(): string {
  const file = path.join(temporaryFolder(), 'resume.yaml');
  writeFileSync(file, text);
  return file;
}

/** Every CSV and table of a run, its stages included. */
function contents(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(csv|md|tex)$/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(out, name), 'utf8')]));
}

test('the bytes do not depend on jobs, kills or extensions', { timeout: 180_000 }, async () => {
  const file = configFile();
  const folder = path.dirname(file);
  const out = (name: string) => path.join(folder, name);
  expect(builtCli('run', file, '--out', out('one'), '--jobs', '1').code).toBe(0);
  const expected = contents(out('one'));
  expect(Object.keys(expected)).toEqual(
    expect.arrayContaining(['trials.csv', 'summary.csv', 'paired.csv', 'tuning/summary.csv']),
  );

  expect(builtCli('run', file, '--out', out('two'), '--jobs', '2').code).toBe(0);
  expect(contents(out('two'))).toEqual(expected);

  // killed whenever the files have grown a little, until a run comes through
  let kills = 0;
  for (let done = false; !done; ) {
    const child = startBuiltCli('run', file, '--out', out('killed'), '--jobs', '2');
    const exit = once(child, 'exit');
    const size = () => journalSize(out('killed'));
    const before = size();
    const timer = setInterval(() => {
      if (size() > before + 4000 && kills < 5) {
        kills++;
        child.kill('SIGKILL');
      }
    }, 5);
    const [code] = await exit;
    clearInterval(timer);
    done = code === 0;
  }
  expect(kills).toBeGreaterThan(0);
  expect(contents(out('killed'))).toEqual(expected);

  expect(builtCli('run', file, '--out', out('extended'), '--trials', '25').code).toBe(0);
  expect(builtCli('run', file, '--out', out('extended')).code).toBe(0);
  expect(contents(out('extended'))).toEqual(expected);
});

test('the shards of a run merge into its bytes; a gap and an overlap are refused', { timeout: 120_000 }, async () => {
  const file = configFile();
  const out = (name: string) => path.join(path.dirname(file), name);
  expect((await cli('run', file, '--out', out('whole'), '--jobs', '1')).code).toBe(0);
  for (const shard of ['1', '2', '3']) {
    const tuned = shard === '1' ? [] : ['--tuned', path.join(out('s1'), 'manifest.json')];
    const words = ['run', file, '--shard', `${shard}/3`, '--out', out(`s${shard}`), '--jobs', '1', ...tuned];
    expect((await cli(...words)).code).toBe(0);
  }
  expect((await cli('merge', out('merged'), out('s3'), out('s1'), out('s2'))).code).toBe(0);
  expect(contents(out('merged'))).toEqual(contents(out('whole')));
  for (const folder of [out('whole'), out('merged')])
    expect(readResults(folder).manifest.files_sha256?.['summary.csv']).toBe(
      sha256(readFileSync(path.join(folder, 'summary.csv'))),
    );

  const gap = await cli('merge', out('gap'), out('s1'), out('s3'));
  expect([gap.code, gap.stderr]).toEqual([2, expect.stringContaining('shard 2/3 is missing')]);
  const overlap = await cli('merge', out('overlap'), out('s1'), out('s2'), out('s2'), out('s3'));
  expect([overlap.code, overlap.stderr]).toEqual([2, expect.stringContaining('both shard 2/3')]);
});

test('shards can share the λ that tune found, of the same experiment only', { timeout: 120_000 }, async () => {
  const file = configFile();
  const out = (name: string) => path.join(path.dirname(file), name);
  const tuned = path.join(out('tuned'), 'manifest.json');
  expect((await cli('run', file, '--out', out('whole'), '--jobs', '1')).code).toBe(0);
  const search = await cli('tune', file, '--out', out('tuned'), '--jobs', '1');
  expect([search.code, search.stdout]).toEqual([0, expect.stringMatching(/^scheme .*\nNeRCC /)]);
  expect(readdirSync(path.join(out('tuned'), 'figures'))).toContainEqual(expect.stringMatching(/^tuning-mse-.*\.svg$/));
  const given = ['--jobs', '1', '--tuned', tuned];
  expect((await cli('run', file, '--out', out('given'), ...given)).code).toBe(0);
  const { 'tuning/summary.csv': _, 'tuning/trials.csv': __, ...expected } = contents(out('whole'));
  expect(contents(out('given'))).toEqual(expected);

  const refused = async (...words: string[]) => {
    const { code, stderr } = await cli('run', file, '--out', out('no'), ...words);
    expect([code, existsSync(path.join(out('no'), 'manifest.json'))]).toEqual([2, false]);
    return stderr;
  };
  expect(await refused(...given, '--set', 'S=[0, 5]')).toContain('is of another experiment (config.S[1] differs)');
  expect(await refused('--tuned', path.join(out('tuned'), 'summary.csv'))).toContain('give the manifest.json');
  editManifest(out('tuned'), { status: 'running' });
  expect(await refused(...given)).toContain('is not finished');
  const { tuned: choices } = readManifest(out('tuned'));
  editManifest(out('tuned'), { status: 'done', tuned: (choices as unknown[]).slice(1) });
  expect(await refused(...given)).toContain('chose no λ for NeRCC');
});

function journalSize(folder: string): number {
  return ['trials.journal.csv', 'tuning/trials.journal.csv']
    .map((name) => path.join(folder, name))
    .reduce((sum, name) => sum + (existsSync(name) ? statSync(name).size : 0), 0);
}

test('an interrupt ends the run after the trial under way and says how to go on', { timeout: 60_000 }, async () => {
  const file = configFile();
  const out = path.join(path.dirname(file), 'out');
  const child = startBuiltCli('run', file, '--out', out, '--trials', '100000', '--jobs', '1');
  const exit = once(child, 'exit');
  const timer = setInterval(() => {
    if (!existsSync(path.join(out, 'trials.journal.csv'))) return;
    clearInterval(timer);
    child.kill('SIGINT');
  }, 20);
  const [code] = await exit;
  expect(code).toBe(130);
  expect(existsSync(path.join(out, '.lock'))).toBe(false);

  // fewer trials than were planned are refused, with what is there
  const done = readFileSync(path.join(out, 'trials.journal.csv'), 'utf8').split('\n#').length - 1;
  const { code: refused, stderr } = await cli('run', file, '--out', out, '--trials', '1', '--jobs', '1');
  expect(refused).toBe(2);
  expect(stderr).toContain(
    `holds ${done} trials of a run of at most 100000 that was cut off; go on with as many, not 1`,
  );
});
