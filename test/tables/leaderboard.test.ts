import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { failureColumns, leastPairedColumns } from '../../src/results/schema.ts';
import { boardNotes, leaderboard, leaderboardCsv, leaderboardMarkdown, tracks } from '../../src/tables/leaderboard.ts';
import { cellKey, summaryRow, writeRun } from '../helpers/run.ts';

/** A run with these means, over so many decoded trials if not 200, and the differences between some of its schemes. */
function run(
  means: Record<string, number>,
  pairs: readonly [string, string, number, number][],
  decoded: Record<string, number> = {},
  trials = 200,
): string {
  const folder = writeRun(
    Object.entries(means).map(([scheme, mean]) =>
      summaryRow({ scheme }, { mse: new Array(decoded[scheme] ?? trials).fill(mean) }),
    ),
  );
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
    trials,
    diff_mean: (low + high) / 2,
    diff_sem: 1,
    ci_low: low,
    ci_high: high,
  }));
  writeFileSync(path.join(folder, 'paired.csv'), stringify(rows, { header: true, columns: [...leastPairedColumns] }));
  return folder;
}

const placesOf = (means: Record<string, number>, pairs: readonly [string, string, number, number][]) =>
  Object.fromEntries(
    leaderboard(new Map([['one', run(means, pairs)]])).map(({ scheme, standings }) => [
      scheme,
      standings.get('one')!.place,
    ]),
  );

test('the best is the smallest mean; a tie holds 0 within a tenth of it, on either side of the pair', () => {
  const means = { a: 10, b: 10.5, c: 10.4, d: 12, e: 11 };
  expect(
    placesOf(means, [
      ['b', 'a', -0.1, 1],
      ['a', 'c', -1, 0.2],
      ['d', 'a', -0.1, 4.1],
      ['a', 'e', -2, -0.01],
    ]),
  ).toEqual({ a: 'best', b: 'tie', c: 'tie', d: 'undecided', e: 'behind' });
});

test('a wild scheme is undecided, no tie: 142 ± 200 beside 0.00483', () => {
  expect(placesOf({ good: 0.00483, wild: 142 }, [['wild', 'good', -258, 542]])).toEqual({
    good: 'best',
    wild: 'undecided',
  });
});

test('an interval that is not there or is none is undecided; copies without error tie', () => {
  expect(placesOf({ a: 1, b: 1.01 }, [])).toEqual({ a: 'best', b: 'undecided' });
  expect(
    placesOf({ a: 0, b: 0, c: 1 }, [
      ['a', 'b', 0, 0],
      ['a', 'c', -3, 1],
    ]),
  ).toEqual({
    a: 'best',
    b: 'tie',
    c: 'undecided',
  });
});

test('a scheme that could not decode every trial is never best and never a tie, and is in the board even where it decoded none', () => {
  const folder = run(
    { a: 10, b: 9, picky: 0, tied: 10, never: 0 },
    [
      ['a', 'b', 0.5, 1.5],
      ['picky', 'b', -9.1, -8.9],
      ['tied', 'b', -0.1, 0.1],
    ],
    { picky: 9, tied: 199, never: 0 },
  );
  const rows = leaderboard(new Map([['one', folder]]));
  expect(Object.fromEntries(rows.map(({ scheme, standings }) => [scheme, standings.get('one')!.place]))).toEqual({
    ...{ a: 'behind', b: 'best', picky: 'failed', tied: 'failed', never: 'failed' },
  });
  expect(rows[0]!.scheme).toBe('b');
  const text = leaderboardMarkdown(rows, ['one']);
  for (const line of ['| b | **9** |', '| a | 10 |', '| picky | 0 ! |', '| never | ! |']) expect(text).toContain(line);
  expect(boardNotes(rows)).toHaveLength(3);
  expect(boardNotes(rows)[0]).toContain('never could not decode 200 of 200 trials of one;');
});

test('where every scheme failed in a trial, the list of failures says so, and nobody is best', () => {
  const folder = run({ a: 1, b: 2 }, [['a', 'b', -2, -1]], {}, 9);
  const row = { ...cellKey(), trial: 0, reason: 'too few' };
  const rows = ['a', 'b'].map((scheme) => ({ ...row, scheme }));
  writeFileSync(path.join(folder, 'failures.csv'), stringify(rows, { header: true, columns: [...failureColumns] }));
  const [first] = leaderboard(new Map([['one', folder]]));
  expect(first?.standings.get('one')).toMatchObject({ place: 'failed', undecoded: 1, trials: 10 });
});

test('what is rounding beside the track is a tie, and fewer than eight trials tell nobody apart', () => {
  const means = { copies: 0, regression: 2.8e-10, code: 90, other: 120, wild: 2e14 };
  const pairs: [string, string, number, number][] = [
    ['regression', 'copies', 2e-10, 3.6e-10],
    ['code', 'copies', 80, 100],
    ['other', 'copies', 100, 140],
    ['wild', 'copies', 1e14, 3e14],
  ];
  const places = (trials: number) =>
    leaderboard(new Map([['one', run(means, pairs, {}, trials)]])).map(({ scheme, standings }) => [
      scheme,
      standings.get('one')!.place,
    ]);
  const tied = [
    ['copies', 'best'],
    ['regression', 'tie'],
  ];
  expect(places(8)).toEqual(expect.arrayContaining([...tied, ['code', 'behind']]));
  expect(places(7)).toEqual(expect.arrayContaining([...tied, ['code', 'undecided']]));
});

/** `wild` is undecided twice, `c` is best once. */
const folders = () =>
  new Map([
    [
      'one',
      run({ a: 1, b: 1.02, wild: 30, c: 3 }, [
        ['b', 'a', -0.05, 0.09],
        ['a', 'wild', -90, 30],
        ['a', 'c', -3, -1],
      ]),
    ],
    [
      'two',
      run({ b: 5, c: 4, wild: 50 }, [
        ['b', 'c', 0.5, 1.5],
        ['wild', 'c', -10, 102],
      ]),
    ],
  ]);

test('best in bold, ties and undecided marked, a track without the scheme empty; bests and ties alone lift a row', () => {
  expect(leaderboardMarkdown(leaderboard(folders()), ['one', 'two'])).toBe(
    [
      '| scheme | one | two |',
      '|---|---|---|',
      '| a | **1** | – |',
      '| b | 1.02 = | 5 |',
      '| c | 3 | **4** |',
      '| wild | 30 ? | 50 ? |',
    ].join('\n'),
  );
});

test('under the board stands why a place is undecided: one huge trial, a wide interval, few trials, no difference', () => {
  const values = (own: (trial: number) => number) => Array.from({ length: 200 }, (_, trial) => own(trial));
  const folder = run({ a: 10, once: 11, wide: 12, alone: 12 }, [
    ['once', 'a', -20, 50],
    ['wide', 'a', -1, 5],
  ]);
  const cells = [
    summaryRow({ scheme: 'a' }, { mse: values(() => 10) }),
    summaryRow({ scheme: 'once' }, { mse: values((trial) => (trial === 0 ? 2200 : 0)) }),
    summaryRow({ scheme: 'wide' }, { mse: values((trial) => (trial % 2 === 0 ? 24 : 0)) }),
    summaryRow({ scheme: 'alone' }, { mse: values(() => 12) }),
  ];
  const mixed = writeRun(cells);
  copyFileSync(path.join(folder, 'paired.csv'), path.join(mixed, 'paired.csv'));
  const few = run({ a: 10, late: 12 }, [['late', 'a', 1, 3]], {}, 7);
  const rows = leaderboard(new Map(Object.entries({ mixed, few })));
  expect(boardNotes(rows)).toEqual([
    '`?`: no difference over the same trials is known: alone in mixed.',
    '`?`: fewer than the 8 trials that tell schemes apart: late in few.',
    '`?`: a few huge trials, fewer than 8, carry its mean or the smallest one, and more trials may change that much: once in mixed (about 1 trial).',
    '`?`: many trials carry both means, but the interval reaches too far; more trials narrow it: wide in mixed.',
    'Bold, but fewer than 8 trials carry that mean, and on other trials another may lead: a in few (about 7 trials).',
    'Marks trust the t interval, which covers less than it says where fewer than 8 trials carry a mean (in mixed, few): there another seed says more than a mark.',
  ]);
  expect(leaderboardCsv(rows).split('\n')).toEqual(
    expect.arrayContaining([
      'scheme,track,mse_mean,mse_sem,place,doubt,undecoded',
      'once,mixed,11,11,undecided,few carriers,0',
      'a,few,10,0,best,,0',
    ]),
  );
});

test('where a few huge trials carry the smallest mean, that is why another is undecided; 7.9 trials are not called 8', () => {
  const cells = [
    // 7.9 of 200 trials carry it
    summaryRow({ scheme: 'best' }, { mse: Array.from({ length: 200 }, (_, i) => (i < 7 ? 30 : i === 7 ? 19 : 0)) }),
    summaryRow({ scheme: 'steady' }, { mse: Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 3 : 2)) }),
  ];
  const folder = writeRun(cells);
  const pairs = run({ best: 1, steady: 2 }, [['steady', 'best', -1, 4]]);
  copyFileSync(path.join(pairs, 'paired.csv'), path.join(folder, 'paired.csv'));
  expect(boardNotes(leaderboard(new Map([['late', folder]])))).toEqual([
    '`?`: a few huge trials, fewer than 8, carry its mean or the smallest one, and more trials may change that much: steady in late (the smallest: about 7).',
    'Bold, but fewer than 8 trials carry that mean, and on other trials another may lead: best in late (about 7 trials).',
    'Marks trust the t interval, which covers less than it says where fewer than 8 trials carry a mean (in late): there another seed says more than a mark.',
  ]);
});

test('every track is a packaged config with replication in it', () => {
  for (const { name } of tracks) {
    const config = parseExperiment(readConfig(`bench/${name}`).data);
    expect(config.name).toBe(`bench-${name}`);
    expect(config.schemes.map(({ scheme }) => scheme)).toContain('replication');
  }
});
