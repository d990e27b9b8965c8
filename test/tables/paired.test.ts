import { expect, test } from 'vitest';
import type { PairedRow } from '../../src/results/read.ts';
import { intervalText } from '../../src/tables/cells.ts';
import { pairedLines, pairedText } from '../../src/tables/paired.ts';
import { summaryRow } from '../helpers/run.ts';

function difference(a: string, b: string, mean: number, half: number, S = 40, metric = 'mse'): PairedRow {
  const side = (scheme: string) => summaryRow({ scheme, S }, {}).key;
  return {
    key: side(a),
    a: side(a),
    b: side(b),
    metric,
    trials: 200,
    mean,
    sem: half / 2,
    low: mean - half,
    high: mean + half,
  };
}

test('a difference has the digits that its interval knows', () => {
  expect(intervalText({ mean: 8.8501, low: 7.2319, high: 10.4683 })).toBe('8.85 [7.23, 10.47]');
  expect(intervalText({ mean: -0.0141, low: -0.0362, high: 0.0087 })).toBe('−0.014 [−0.036, 0.009]');
  expect(intervalText({ mean: 3.2e-7, low: 1.1e-7, high: 5.3e-7 })).toBe('(3.2 [1.1, 5.3])e-7');
  expect(intervalText({ mean: -3.749e299, low: Number.NaN, high: Number.NaN })).toBe('−3.749e299');
  expect(intervalText({ mean: 2, low: Number.NaN, high: Number.NaN })).not.toContain('[');
});

test('differences are to the reference, turned where it stands second, and say who is better', () => {
  const rows = [
    difference('BACC', 'NeRCC0', 8.85, 1.62),
    difference('BACC', 'NeRCC', 8.84, 1.62),
    difference('NeRCC0', 'NeRCC', -0.01, 0.02),
  ];
  expect(pairedLines(rows, ['mse']).map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
    ['BACC', 'NeRCC0', 'b'],
    ['BACC', 'NeRCC', 'b'],
  ]);
  const toNeRCC0 = pairedLines(rows, ['mse'], [], 'NeRCC0');
  expect(toNeRCC0.map(({ b, row, verdict }) => [b, row.mean, row.high, verdict])).toEqual([
    ['BACC', -8.85, -8.85 + 1.62, 'a'],
    ['NeRCC', -0.01, 0.01, 'untold'],
  ]);
  expect(() => pairedLines(rows, ['mse'], [], 'ParM')).toThrow('schemes: BACC, NeRCC0, NeRCC');
});

test('a few trials tell nobody apart, whatever their interval', () => {
  const verdict = (trials: number, half = 0) =>
    pairedLines([{ ...difference('Replication', 'BACC', 1, half), trials }], ['mse'])[0]!.verdict;
  expect([verdict(2), verdict(7), verdict(8)]).toEqual(['untold', 'untold', 'b']);
  expect([verdict(2, 0.5), verdict(7, 0.5), verdict(8, 0.5)]).toEqual(['untold', 'untold', 'b']);
  const text = (size: number) =>
    pairedText(pairedLines([{ ...difference('Replication', 'BACC', size, 0), trials: 2 }], ['mse']), 'out');
  expect(text(1)).toMatch(/over the same 2 trials,.*\n.*not told apart: fewer than 8 trials$/m);
  const single = { ...difference('Replication', 'ParM', 1, 0), trials: 1, low: Number.NaN, high: Number.NaN };
  expect(pairedText(pairedLines([single], ['mse']), 'out')).toContain('Paired differences over one trial, with');
  const both = pairedText(pairedLines([difference('Replication', 'BACC', 1, 0), single], ['mse']), 'out');
  expect(both).toContain('not told apart: one trial has no interval\n');
  expect(both).toContain('approxifer table out --paired --reference <scheme>');
});

test('conditions that differ are named, and what is left out is counted', () => {
  const rows = [10, 20, 30].map((S) => difference('BACC', 'NeRCC0', 0.1, 0.01, S, 'relacc'));
  const text = pairedText(pairedLines(rows, ['relacc']), 'my runs/a', 2);
  expect(text).toContain('S = 20  BACC − NeRCC0  = 0.100 [0.090, 0.110]  BACC is better');
  expect(text).not.toContain('S = 30');
  expect(text).toContain("and 1 more: approxifer table 'my runs/a' --paired\n");
});

test('accuracy on the lost queries has a verdict only where both schemes lost the same ones', () => {
  const cells = (ofUncoded: number[], N: number) => [
    summaryRow({ scheme: 'BACC' }, { degraded: [0.9, 0.9], unavailable: [1, 1] }),
    summaryRow({ scheme: 'ParM' }, { degraded: [0.2, 0.3], unavailable: [0.25, 0.5] }),
    summaryRow({ scheme: 'Uncoded', N }, { degraded: [0.1, 0.1], unavailable: ofUncoded }),
  ];
  const rows = [
    difference('BACC', 'ParM', 0.6, 0.1, 40, 'degraded'),
    difference('ParM', 'Uncoded', 0.1, 0.05, 40, 'degraded'),
  ].map((row) => ({ ...row, b: { ...row.b } }));
  const verdicts = (ofUncoded: number[], N = 100) =>
    rows.map((row) => {
      const b = row.b.scheme === 'Uncoded' ? { ...row.b, N } : row.b;
      return pairedLines([{ ...row, b }], ['degraded'], cells(ofUncoded, N))[0]!.verdict;
    });
  // as many, but no summary says whether the schemes place the same queries on the late workers
  expect(verdicts([0.25, 0.5])).toEqual(['unlike', 'unlike']);
  expect(verdicts([0.5, 0.5])[1]).toBe('unlike');
  const all = [difference('BACC', 'SBACC', 0.1, 0.05, 40, 'degraded')];
  const lostAll = ['BACC', 'SBACC'].map((scheme) =>
    summaryRow({ scheme }, { degraded: [0.9, 0.8], unavailable: [1, 1] }),
  );
  expect(pairedLines(all, ['degraded'], lostAll)[0]!.verdict).toBe('a');
  expect(verdicts([0.5, 0.5])).toEqual(['unlike', 'unlike']);
  // other workers are lost
  expect(verdicts([0.25, 0.5], 80)).toEqual(['unlike', 'unlike']);
  expect(pairedText(pairedLines(rows.slice(0, 1), ['degraded'], cells([1, 1], 100)), 'out')).toContain(
    'BACC − ParM  = 0.60 [0.50, 0.70]  no verdict: not over the same queries',
  );
  // nothing says which queries these are over
  expect(pairedLines(rows, ['degraded'])[0]!.verdict).toBe('unlike');
});

test('schemes that approximate every query are compared on all of them', () => {
  const cells = ['BACC', 'NeRCC0'].map((scheme) =>
    summaryRow({ scheme }, { degraded: [0.9, 0.8], unavailable: [1, 1] }),
  );
  const row = difference('BACC', 'NeRCC0', 0.6, 0.1, 40, 'degraded');
  expect(pairedLines([row], ['degraded'], cells)[0]!.verdict).toBe('a');
  // an interval of one trial, whatever a file holds
  expect(pairedLines([{ ...row, trials: 1 }], ['degraded'], cells)[0]!.verdict).toBe('untold');
});
