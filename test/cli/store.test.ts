import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { answerFiles } from '../../src/runs/store/upkeep.ts';
import { storeFolder } from '../../src/util/folders.ts';
import { builtCli, cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';

const config = `name: stored
model: lenet5-mnist
dataset: mnist
K: 4
N: 10
S: 2
trials: 5
schemes: [bacc, replication, nercc: {tune: true}]
tune: {lambdaEnc: [0, 1.0e-4], lambdaDec: [0, 1.0e-6], trials: 4, refine: 1}
`;

/** The CSVs and tables of a run. */
function results(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(csv|md|tex)$/.test(name),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

test('with the store, without it and out of it: the same bytes; a flipped bit is computed again, and said', async () => {
  const at = folderWithConfig(config);
  const run = (out: string, ...words: string[]) => cli('run', at('c.yaml'), '--jobs', '1', '--out', at(out), ...words);
  expect((await cli('store', 'prune', '--max', '0B')).code).toBe(0);
  expect((await run('bare', '--no-store')).stderr).not.toContain('store:');
  expect(answerFiles(storeFolder())).toEqual([]);
  await run('first');
  const second = await run('second');
  expect(second.stderr).toMatch(/^store: (\d+) of \1 inferences were read from the store of answers/m);
  for (const other of ['first', 'second']) expect(results(at(other))).toEqual(results(at('bare')));

  // another decoder and S on the same coded points
  const untuned = folderWithConfig(config.replace(/^tune: .*\n/m, '').replace(', nercc: {tune: true}', ''));
  const plain = await cli('run', untuned('c.yaml'), '--out', untuned('a'), '--jobs', '1');
  expect(plain.code).toBe(0);
  const kriging = ['--set', 'S=3', '--set', 'schemes=[{bacc: {decoder: kriging}}]', '--jobs', '1'];
  const variant = await cli('run', untuned('c.yaml'), '--out', untuned('b'), ...kriging);
  expect(variant.stderr).toMatch(/^store: (\d+) of \1 inferences/m);
  await cli('run', untuned('c.yaml'), '--out', untuned('c'), '--no-store', ...kriging);
  expect(results(untuned('b'))).toEqual(results(untuned('c')));

  for (const file of answerFiles(storeFolder())) {
    const bytes = readFileSync(file);
    bytes[bytes.length - 2]! ^= 64;
    writeFileSync(file, bytes);
  }
  const damaged = await run('third');
  expect(damaged.code).toBe(0);
  // many files, one line
  const [line, ...others] = damaged.stderr.split('\n').filter((text) => text.includes('damaged'));
  expect(line).toMatch(
    /^warning: \d+ files of the store of answers are damaged, the first \/.*"approxifer store verify"/,
  );
  expect(others).toEqual([]);
  expect(results(at('third'))).toEqual(results(at('bare')));
  const verified = await cli('store', 'verify', '--json');
  expect([verified.code, JSON.parse(verified.stdout).damaged > 0]).toEqual([1, true]);
  expect((await cli('store', 'verify')).code).toBe(0);
});

test('store list says what is kept; a wrong size is refused in a line', async () => {
  const at = folderWithConfig(config.replace(/^tune: .*\n/m, '').replace(', nercc: {tune: true}', ''));
  await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1');
  const { stdout } = await cli('store', 'list');
  expect(stdout).toMatch(/^lenet5-mnist +mnist +coded points +\d+ +[\d.]+ kB/m);
  expect(stdout).toMatch(/of at most 2\.1 GB in /);
  expect(await cli('store', 'prune', '--max', 'much')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('500MB'),
  });
  process.env.APPROXIFER_STORE_MAX = 'x';
  try {
    expect(await cli('store', 'list')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('APPROXIFER_STORE_MAX'),
    });
  } finally {
    delete process.env.APPROXIFER_STORE_MAX;
  }
});

test.skipIf(!existsSync('dist/cli/main.js'))(
  'damage in what only the set-up reads is said whatever the jobs',
  async () => {
    const at = folderWithConfig(config.replace(/^tune: .*\n/m, '').replace(', nercc: {tune: true}', ''));
    const run = (jobs: number, out: string) => builtCli('run', at('c.yaml'), '--out', at(out), '--jobs', `${jobs}`);
    await cli('store', 'prune', '--max', '0B');
    expect(run(1, 'first').code).toBe(0);
    for (const answers of ['set-up', 'contract']) {
      for (const jobs of [1, 2]) {
        const file = answerFiles(storeFolder()).find((name) => readFileSync(name).includes(`"answers":"${answers}"`))!;
        const bytes = readFileSync(file);
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(file, bytes);
        const { code, stderr } = run(jobs, `${answers}-${jobs}`);
        expect([code, stderr.match(/^warning: .* is damaged/gm)]).toEqual([0, [`warning: ${file} is damaged`]]);
        expect(results(at(`${answers}-${jobs}`))).toEqual(results(at('first')));
        expect((await cli('store', 'verify')).code).toBe(1);
      }
    }
  },
);
