import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { leastPairedColumns } from '../../src/results/schema.ts';
import { leaderboard, leaderboardMarkdown, tracks } from '../../src/tables/leaderboard.ts';
import { summaryRow, writeRun } from '../helpers/run.ts';

/** A run with these means, and the differences between some of its schemes. */
function run(means: Record<string, number>, pairs: readonly [string, string, number, number][]): string {
  const folder = writeRun(Object.entries(means).map(([scheme, mean]) => summaryRow({ scheme }, { mse: [mean, mean] })));
  const rows = pairs.map(([a, b, low, high]) => ({
    experiment: 'synthetic',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    output: 'logits',
    K: 20,
    N: 100,
    S: 40,
    E: 0,
    order: 'given',
    stragglers: 'uniform',
    scheme_a: a,
    scheme_b: b,
    metric: 'mse',
    trials: 2,
    diff_mean: (low + high) / 2,
    diff_sem: 1,
    ci_low: low,
    ci_high: high,
  }));
  writeFileSync(path.join(folder, 'paired.csv'), stringify(rows, { header: true, columns: [...leastPairedColumns] }));
  return folder;
}

const folders = () =>
  new Map([
    [
      'one',
      run({ a: 1, b: 2, c: 3 }, [
        ['b', 'a', -0.5, 2.5],
        ['a', 'c', -3, -1],
        ['b', 'c', -2, -0.5],
      ]),
    ],
    ['two', run({ b: 5, c: 4 }, [['b', 'c', 0.5, 1.5]])],
  ]);

test('the best is the smallest mean; who cannot be told from it is tied, on either side of the pair', () => {
  const board = new Map(leaderboard(folders()).map(({ scheme, standings }) => [scheme, standings]));
  expect(board.get('a')!.get('one')!.place).toBe('best');
  expect(board.get('b')!.get('one')!.place).toBe('tie');
  expect(board.get('c')!.get('one')!.place).toBe('behind');
  expect(board.get('b')!.get('two')!.place).toBe('behind');
  expect(board.get('c')!.get('two')!.place).toBe('best');
});

test('best in bold, ties marked, a track without the scheme empty; more wins stand above', () => {
  expect(leaderboardMarkdown(leaderboard(folders()), ['one', 'two'])).toBe(
    ['| scheme | one | two |', '|---|---|---|', '| a | **1** | – |', '| b | 2 = | 5 |', '| c | 3 | **4** |'].join('\n'),
  );
});

test('every track is a packaged config with replication in it', () => {
  for (const { name } of tracks) {
    const config = parseExperiment(readConfig(`bench/${name}`).data);
    expect(config.name).toBe(`bench-${name}`);
    expect(config.schemes.map(({ scheme }) => scheme)).toContain('replication');
  }
});
