import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { studentQuantile } from '../../src/metrics/distributions.ts';
import { csvRecords } from '../../src/results/csv.ts';
import { effectiveNumber, fewestCarriers, pairedRatio } from '../../src/results/ratio.ts';
import { ratiosCsv } from '../../src/results/ratios.ts';
import { keyColumns } from '../../src/results/schema.ts';
import { pairedDifference } from '../../src/results/statistics.ts';
import { randomStream } from '../../src/util/random.ts';

const positive = fc.double({ min: 0.5, max: 2, noNaN: true });
const samples = fc
  .integer({ min: fewestCarriers + 10, max: 80 })
  .chain((n) =>
    fc.tuple(fc.array(positive, { minLength: n, maxLength: n }), fc.array(positive, { minLength: n, maxLength: n })),
  );
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(b);

describe('pairedRatio', () => {
  it('has the ends where Student’s test of a - r·b just rejects', () => {
    fc.assert(
      fc.property(samples, ([a, b]) => {
        const { low, high, ratio, n } = pairedRatio(a, b);
        expect(low).toBeLessThanOrEqual(ratio);
        expect(high).toBeGreaterThanOrEqual(ratio);
        for (const r of [low, high]) {
          const { mean, sem } = pairedDifference(
            a,
            b.map((value) => r * value),
          );
          expect(close(Math.abs(mean), studentQuantile(0.95, n - 1) * sem)).toBe(true);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('has the inverse interval for the inverse ratio, and follows the scale', () => {
    fc.assert(
      fc.property(samples, positive, ([a, b], scale) => {
        const [forth, back] = [pairedRatio(a, b), pairedRatio(b, a)];
        expect(close(1 / back.high, forth.low) && close(1 / back.low, forth.high)).toBe(true);
        const scaled = pairedRatio(
          a.map((value) => scale * value),
          b,
        );
        expect(close(scaled.low, scale * forth.low) && close(scaled.ratio, scale * forth.ratio)).toBe(true);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('is the ratio of the means, not the mean of ratios, and leaves out trials without a value', () => {
    const [a, b] = [
      [1, 3, Number.NaN, 8],
      [1, 1, 5, Number.NaN],
    ];
    expect(pairedRatio(a, b)).toMatchObject({ n: 2, ratio: 2 });
    expect(pairedRatio([1, 2], [0, 0]).ratio).toBeNaN();
    expect(() => pairedRatio([1], [1, 2])).toThrow(RangeError);
  });

  it('gives no interval where too few trials carry a mean', () => {
    const rare = (losses: number) => Array.from({ length: 400 }, (_, i) => (i < losses ? 5 : 0));
    const usual = Array.from({ length: 400 }, (_, i) => 1 + (i % 3));
    expect(pairedRatio(rare(fewestCarriers - 1), usual)).toMatchObject({
      low: Number.NaN,
      carriedBy: fewestCarriers - 1,
    });
    expect(pairedRatio(usual, rare(2)).high).toBeNaN();
    // a code that is exact while no query is lost: without a loss its error is rounding in every trial
    const rounding = Array.from({ length: 400 }, (_, i) => 1e-14 * (1 + (i % 5)));
    expect(pairedRatio(usual, rounding)).toMatchObject({ low: Number.NaN, carriedBy: 0 });
    expect(pairedRatio(rare(fewestCarriers + 1), usual).high).toBeGreaterThan(0);
  });

  it('covers the true ratio in 93 to 97 of 100 runs of skewed values, as scripts/interval-coverage.js finds at length', () => {
    const runs = 2000;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const stream = randomStream(7, run);
      const pairs = Array.from({ length: 150 }, () => {
        const shared = Math.exp(0.5 * stream.normal());
        return [shared * Math.exp(0.5 * stream.normal()), shared * Math.exp(0.5 * stream.normal())] as const;
      });
      const { low, high } = pairedRatio(
        pairs.map(([a]) => 3 * a),
        pairs.map(([, b]) => b),
      );
      if (low <= 3 && 3 <= high) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.93);
    expect(covered / runs).toBeLessThan(0.97);
  });
});

describe('effectiveNumber', () => {
  it('is n where all values are equal, and the number of those that are not 0 where these are equal', () => {
    expect(effectiveNumber(Float64Array.of(2, 2, 2, 2))).toBe(4);
    expect(effectiveNumber(Float64Array.of(0, 3, 0, 3, 0))).toBe(2);
    expect(effectiveNumber(Float64Array.of(0, 0))).toBe(0);
  });
});

describe('ratios.csv', () => {
  const cell = (scheme: string, condition: number, mse: number[], lambda = '') => ({
    key: keyColumns.map(
      (column) => ({ scheme, S: String(condition), N: '10', lambda_dec: lambda })[column as string] ?? '',
    ),
    condition,
    label: scheme,
    values: new Map([['mse' as const, Float64Array.from(mse)]]),
  });
  const cells = [0, 1].flatMap((condition) => [
    cell('BACC', condition, [2, 4]),
    cell('NeRCC', condition, [1, 2 + condition], '0'),
    cell('NeRCC', condition, [3, 3], '1e-6'),
  ]);
  const rows = (to?: string[]) => csvRecords(ratiosCsv(cells, to));

  it('compares every cell with the first scheme, within its condition', () => {
    expect(
      rows().map(({ scheme, S, lambda_dec, to_scheme, ratio }) => [scheme, S, lambda_dec, to_scheme, ratio]),
    ).toEqual([
      ['NeRCC', 0, 0, 'BACC', 0.5],
      ['NeRCC', 0, 1e-6, 'BACC', 1],
      ['NeRCC', 1, 0, 'BACC', 2 / 3],
      ['NeRCC', 1, 1e-6, 'BACC', 1],
    ]);
  });

  it('compares with every scheme that is named, a sweep with its first cell', () => {
    expect(rows(['NeRCC', 'BACC'])).toHaveLength(8);
    expect(rows(['NeRCC'])[1]).toMatchObject({
      scheme: 'NeRCC',
      lambda_dec: 1e-6,
      to_scheme: 'NeRCC',
      to_lambda_dec: 0,
      ratio: 2,
    });
  });

  it('names schemes that the config has', () => {
    const config = {
      name: 'x',
      model: 'lenet5-mnist',
      dataset: 'mnist',
      K: 4,
      N: 8,
      trials: 2,
      schemes: ['bacc', 'nercc'],
    };
    expect(parseExperiment({ ...config, table: { ratioTo: ['BACC'] } }).table.ratioTo).toEqual(['BACC']);
    expect(() => parseExperiment({ ...config, table: { ratioTo: ['bacc'] } })).toThrow('there are BACC, NeRCC0');
  });
});
