import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';
import { editManifest } from '../helpers/manifest.ts';

const config = `name: merge
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 6
schemes: [bacc]
`;

/** Runs both shards of the config for each seed, into `<seed>-1` and `<seed>-2` of a folder. */
async function shards(seeds: readonly number[], text = config): Promise<(name: string) => string> {
  const at = folderWithConfig(text);
  for (const seed of seeds)
    for (const shard of [1, 2]) {
      const words = ['--shard', `${shard}/2`, '--seed', String(seed), '--out', at(`${seed}-${shard}`), '--jobs', '1'];
      await cli('run', at('c.yaml'), ...words);
    }
  return at;
}

const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8');

test('merge refuses a folder with anything else and leaves it as it was', async () => {
  const at = await shards([1, 2]);
  const merge = (out: string, seed = 1) => cli('merge', at(out), at(`${seed}-1`), at(`${seed}-2`));
  expect((await merge('out')).code).toBe(0);
  const json = await cli('merge', at('json'), at('1-1'), at('1-2'), '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    out: at('json'),
    failures: 0,
    table: [{ method: 'BACC', mse_mean: expect.any(Number) }],
  });
  const before = readdirSync(at('out')).map((name) => read(at('out'), name));
  expect(await merge('out', 2)).toMatchObject({ code: 2, stderr: expect.stringContaining('with seed 1, not 2') });
  expect(readdirSync(at('out')).map((name) => read(at('out'), name))).toEqual(before);
  expect(await merge('out')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('all trials were there already'),
  });
  expect(read(at('out'), 'trials.csv')).toBe(before[readdirSync(at('out')).indexOf('trials.csv')]);

  cpSync(path.join(at('out'), 'trials.csv'), path.join(at('bare'), 'trials.csv'));
  expect(await merge('bare')).toMatchObject({ code: 2, stderr: expect.stringContaining('trials without a manifest') });
  expect(readdirSync(at('bare'))).toEqual(['trials.csv']);

  for (const [shard, revision] of ['aaaa', 'bbbb'].entries()) {
    editManifest(at(`2-${shard + 1}`), { revision });
  }
  expect((await merge('both', 2)).code).toBe(0);
  expect(JSON.parse(read(at('both'), 'manifest.json')).revision).toBe('aaaa, bbbb');

  const shard = read(at('1-1'), 'manifest.json');
  expect(await merge('1-1')).toMatchObject({ code: 2, stderr: expect.stringContaining('is one of the shards') });
  expect(read(at('1-1'), 'manifest.json')).toBe(shard);
});

test('merge refuses damaged shards and trials of another shard', async () => {
  const at = await shards([1]);
  const file = path.join(at('1-2'), 'trials.csv');
  const good = readFileSync(file, 'utf8');
  const lines = good.trimEnd().split('\n');
  writeFileSync(file, good.replace(',3,6,', ',3,7,'));
  expect((await cli('merge', at('out'), at('1-1'), at('1-2'))).stderr).toContain('is not what the run wrote');
  editManifest(at('1-2'), { files_sha256: undefined }); // a shard from before there were digests
  const damaged = async (change: (line: string) => string) => {
    writeFileSync(file, `${[...lines.slice(0, 2), change(lines[2]!), ...lines.slice(3)].join('\n')}\n`);
    const { code, stderr } = await cli('merge', at('out'), at('1-1'), at('1-2'));
    expect(code).toBe(2);
    expect(existsSync(path.join(at('out'), 'trials.journal.csv'))).toBe(false);
    return stderr;
  };
  const [prefix, values] = [lines[2]!.slice(0, lines[2]!.indexOf(',3,6,')), lines[2]!.split(',3,6,')[1]];
  expect(await damaged(() => `${prefix},3,six,${values}`)).toContain(`${file}:3: "six" is not a number`);
  expect(await damaged(() => `${prefix},,6,${values}`)).toContain(`${file}:3: trial is "", expected`);
  expect(await damaged(() => `${prefix},3,6`)).toContain(`${file}:3: 1 metrics`);
  expect(await damaged((line) => `${line}\n${line}`)).toContain(`${file}:4: has trial 3 twice`);
  expect(await damaged((line) => `${line}\n${prefix},2,6,${values}`)).toContain('trial 2, which is none of shard 2/2');
  expect(await damaged((line) => `${line}\n${prefix},7,6,${values}`)).toContain('trial 7, which is none of shard 2/2');
  writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
  expect((await cli('merge', at('out'), at('1-1'), at('1-2'))).stderr).toContain('has no trial 5');
  writeFileSync(file, good);
  expect((await cli('merge', at('out'), at('1-1'), at('1-2'))).code).toBe(0);
  writeFileSync(path.join(at('1-2'), 'failures.csv'), 'scheme,trial,reason\nx\n');
  expect((await cli('merge', at('again'), at('1-1'), at('1-2'))).stderr).toMatch(/failures\.csv:2: no failure/);
});

test('merge ends as the run in one piece when cells failed, those of tuning included', async () => {
  const tuned = 'schemes: [{nercc: {tune: true}}]\ntune: {lambdaEnc: 0, lambdaDec: [0, 1.0e-6], trials: 4, refine: 1}';
  const failing = config.replace('S: 2', 'stragglers: {bernoulli: 0.9}').replace('schemes: [bacc]', tuned);
  const at = await shards([1], failing);
  const one = await cli('run', at('c.yaml'), '--out', at('one'), '--jobs', '1');
  const merged = await cli('merge', at('out'), at('1-1'), at('1-2'));
  expect([one.code, merged.code]).toEqual([1, 1]);
  // merge searches for nothing: what a run says of its search is not said again
  const withoutWarnings = one.stderr.replace(/^(warning|store): .*\n/gm, '');
  expect(merged.stderr.replaceAll(at('out'), at('one'))).toBe(withoutWarnings);
  const names = ['failures.csv', 'tuning/failures.csv', 'tuning/refine-1/failures.csv'];
  const rows = names.map((name) => read(at('one'), name).trimEnd().split('\n').length - 1);
  const said = `${rows.reduce((a, b) => a + b)} cells failed in a trial; why is in `;
  expect(one.stderr).toContain(`${said}${names.map((name) => path.join(at('one'), name)).join(', ')}`);

  const alone = await cli('tune', at('c.yaml'), '--out', at('tuned'), '--jobs', '1', '--json');
  const failures = rows[1]! + rows[2]!;
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining(`${failures} cells failed`)]);
  expect(JSON.parse(alone.stdout)).toMatchObject({
    out: at('tuned'),
    failures,
    optimum: [{ scheme: 'NeRCC', S: null, lambda_enc: 0, mean: expect.any(Number) }],
  });
});

test.each([
  ['until: {mse: 0.4, minimum: 10}', 'until: {mse: 0.05, minimum: 10}'],
  ['until: {mse: 0.4, minimum: 10}', ''],
])(
  'merge refuses shards with %s and with "%s" in either order: which ends the whole is not the order of folders',
  async (...until) => {
    const at = folderWithConfig(config);
    for (const [i, text] of until.entries()) {
      writeFileSync(at(`${i + 1}.yaml`), `${config.replace('trials: 6', 'trials: 20')}${text}\n`);
      await cli('run', at(`${i + 1}.yaml`), '--shard', `${i + 1}/2`, '--out', at(`s${i + 1}`), '--jobs', '1');
    }
    for (const order of [
      ['s1', 's2'],
      ['s2', 's1'],
    ]) {
      const { code, stderr } = await cli('merge', at('out'), ...order.map(at));
      expect(code).toBe(2);
      expect(stderr).toMatch(/has (until: {"precision":{"mse":0\.05}|no until:)/);
    }
    expect(existsSync(at('out'))).toBe(false);
  },
);
