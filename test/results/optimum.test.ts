import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricColumns } from '../../src/metrics/table.ts';
import { borderOf, isEqual, optimum, optimumCsv, surfaceCsv } from '../../src/results/optimum.ts';
import { readSummary } from '../../src/results/read.ts';
import { keyColumns } from '../../src/results/schema.ts';
import type { CellTrials } from '../../src/results/summaries.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** Trials that differ much from each other, the same way at every pair. */
const batches = [10, 40, 20, 80, 30, 60];
/** Deviations of a pair from that, mean 0. */
const noise = [0.1, -0.1, 0.2, -0.2, 0.3, -0.3];

/** A pair whose metric is `above` the batches' own values, with its own noise (of either sign) on top. */
function pair(
  lambdaEnc: number,
  lambdaDec: number,
  above: number,
  sign = 0,
  metric: 'mse' | 'relacc' = 'mse',
): CellTrials {
  const key: Record<string, string> = { scheme: 'NeRCC', lambda_enc: String(lambdaEnc), lambda_dec: String(lambdaDec) };
  const values = Float64Array.from(batches, (batch, trial) => batch + above + sign * noise[trial]!);
  const others = Float64Array.from(batches, () => 0.5);
  return {
    key: keyColumns.map((column) => key[column] ?? ''),
    condition: 0,
    label: 'NeRCC',
    values: new Map([...metricColumns().map((name) => [name, others] as const), [metric, values]]),
  };
}

const surface = [
  pair(0, 0, 5),
  pair(0, 1e-6, 0.05, 1), // 0.05 above the best: less than its noise
  pair(0, 1e-4, 1, 1), // 1 above: more than its noise, but a fiftieth of what trials differ by
  pair(1e-8, 0, 4),
  pair(1e-8, 1e-6, 0),
  pair(1e-8, 1e-4, 0.05, -1),
];

describe('the optimum of a λ surface', () => {
  it('is compared with the other pairs trial by trial', () => {
    const found = optimum(surface, 'mse')!;
    expect(found.best).toBe(surface[4]);
    expect(found.mean).toBe(40);
    // unpaired, a difference of 1 would vanish beside a standard error of 10
    expect(surface.map((cell) => isEqual(found.fromBest.get(cell)!))).toEqual([false, true, false, false, true, true]);
    expect([found.lambdaEnc, found.lambdaDec, found.flat]).toEqual([[0, 1e-8], [1e-6, 1e-4], 0.5]);
    expect(found.gain).toMatchObject({ mean: 5, low: 5, high: 5 });
  });

  it('is the largest value of relacc, the smallest λ of equal ones', () => {
    const grid = [pair(0, 0, 1, 0, 'relacc'), pair(0, 1e-6, 2, 0, 'relacc'), pair(1e-8, 1e-6, 2, 0, 'relacc')];
    const found = optimum(grid, 'relacc')!;
    expect(found.best).toBe(grid[1]);
    expect(found.gain?.mean).toBe(-1);
  });

  it('is not cut off where a refinement tried few of the other λ', () => {
    const flat = [0, 1e-8, 1e-6].flatMap((enc) => [0, 1e-8, 1e-6].map((dec) => pair(enc, dec, 0.05, 1)));
    const refined = pair(1e-7, 1e-7, 0);
    const found = optimum([...flat, refined], 'mse')!;
    expect([found.best, found.lambdaEnc, found.lambdaDec]).toEqual([refined, [0, 1e-6], [0, 1e-6]]);
  });

  it('is no pair that failed in the hardest trial', () => {
    const failed = pair(1e-6, 1e-6, 1);
    failed.values.get('mse')![3] = Number.NaN;
    const found = optimum([...surface, failed], 'mse')!;
    expect(found.best).toBe(surface[4]);
    expect(found.fromBest.has(failed)).toBe(false);
  });

  it('leaves out pairs without the metric, and the gain where (0, 0) was not tried', () => {
    const undefinedPair = pair(0, 0, Number.NaN);
    expect(optimum([undefinedPair], 'mse')).toBeUndefined();
    expect(optimum([undefinedPair, surface[5]!], 'mse')).toMatchObject({ best: surface[5], flat: 1 });
    expect(optimum(surface.slice(1), 'mse')!.gain).toBeUndefined();
  });

  it('stands in the files: the distance of every pair, and how many are as good', () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'summary.csv'), surfaceCsv(surface, metricColumns(), 'mse'));
    const rows = readSummary(folder);
    expect(rows.map(({ fromBest }) => fromBest!.mean)).toEqual([
      5,
      expect.closeTo(0.05),
      expect.closeTo(1),
      4,
      0,
      expect.closeTo(0.05),
    ]);
    const [header, line] = optimumCsv(surface, 'mse')
      .split('\n')
      .map((text) => text.split(','));
    const share = Number(line![header!.indexOf('flat_share')]);
    expect(rows.filter(({ fromBest }) => isEqual(fromBest!)).length / rows.length).toBe(share);
  });
});

describe('the border of a grid', () => {
  const decades = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3];

  it('is said at either end, with the grid that goes on beyond it', () => {
    expect(borderOf(1e-3, decades)).toEqual({ end: 'largest', from: 1e-9, to: 0.1, count: 9, zero: false });
    expect(borderOf(1e-3, [0, ...decades])).toEqual({ end: 'largest', from: 1e-9, to: 0.1, count: 9, zero: true });
    expect(borderOf(1e-9, decades)).toEqual({ end: 'smallest', from: 1e-11, to: 1e-3, count: 9, zero: false });
    expect(borderOf(1e-6, [0, 1e-6])).toEqual({ end: 'largest', from: 1e-6, to: 1e-4, count: 3, zero: true });
  });

  it('is a grid of λ for the widest grid as well', () => {
    for (const grid of [
      [1e-300, 1e-6],
      [1e-6, 1e300],
      [5e-324, 1e300],
    ])
      for (const lambda of grid) {
        const { from, to } = borderOf(lambda, grid)!;
        expect([from > 0, from < to, Number.isFinite(to)]).toEqual([true, true, true]);
      }
  });

  it('is none inside, at 0 or next to it, or where only one value was tried', () => {
    expect(borderOf(1e-6, decades)).toBeUndefined();
    expect(borderOf(0, [0, ...decades])).toBeUndefined();
    expect(borderOf(1e-9, [0, ...decades])).toBeUndefined();
    expect(borderOf(1e-6, [1e-6])).toBeUndefined();
    expect(borderOf(0, [0])).toBeUndefined();
    expect(borderOf(3e-9, decades)).toBeUndefined(); // a refinement's
  });
});
