import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locationMetrics } from '../../src/metrics/location.ts';
import { servingMetrics } from '../../src/metrics/serving.ts';

describe('servingMetrics', () => {
  it('separates available from reconstructed predictions', () => {
    const metrics = servingMetrics([1, 2, 3, 4], [1, 2, 9, 5], [1, 0, 3, 5], Uint8Array.of(1, 1, 0, 0));
    expect(metrics).toEqual({ available: 0.5, degraded: 0.5, overall: 0.5, unavailable: 0.5, degraded_vs_base: 0 });
  });

  it('calls every prediction degraded where all are approximated', () => {
    const metrics = servingMetrics([1, 2, 3], [1, 2, 4], [1, 5, 3]);
    expect(metrics.available).toBeUndefined();
    expect(metrics.unavailable).toBe(1);
    expect(metrics.degraded).toBe(metrics.overall);
    expect(metrics.degraded).toBeCloseTo(2 / 3, 15);
    expect(metrics.degraded_vs_base).toBeCloseTo(2 / 3, 15);
  });

  it('leaves degraded accuracy undefined when every answer came', () => {
    const metrics = servingMetrics([1, 2], [1, 2], [1, 3], Uint8Array.of(1, 1));
    expect(metrics).toEqual({
      available: 0.5,
      degraded: undefined,
      overall: 0.5,
      unavailable: 0,
      degraded_vs_base: undefined,
    });
  });

  it('has overall = (1 - f_u)·A_a + f_u·A_d', () => {
    const query = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(1));
    fc.assert(
      fc.property(fc.array(query, { minLength: 1, maxLength: 20 }), (queries) => {
        const column = (c: 0 | 1 | 2 | 3) => queries.map((entry) => entry[c]);
        const metrics = servingMetrics(column(0), column(1), column(2), Uint8Array.from(column(3)));
        const { available = 0, degraded = 0, overall, unavailable } = metrics;
        expect(overall).toBeCloseTo((1 - unavailable) * available + unavailable * degraded, 12);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('locationMetrics', () => {
  it('gives precision over the excluded and recall over the liars', () => {
    expect(locationMetrics(Int32Array.of(1, 2, 5), Int32Array.of(2, 7))).toEqual({
      locate_precision: 1 / 3,
      locate_recall: 1 / 2,
    });
  });

  it('is undefined where there is nothing to divide by', () => {
    expect(locationMetrics(new Int32Array(0), Int32Array.of(2)).locate_precision).toBeUndefined();
    expect(locationMetrics(Int32Array.of(2), new Int32Array(0)).locate_recall).toBeUndefined();
  });
});
