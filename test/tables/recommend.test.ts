import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../src/metrics/table.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { reachedTexts, recommend } from '../../src/tables/recommend.ts';

function row(
  scheme: string,
  N: number,
  relacc: number,
  sem = 0.001,
  more: Partial<SummaryRow['key']> = {},
): SummaryRow {
  const names = ['experiment', 'model', 'dataset', 'output', 'order', 'stragglers', 'attack', 'options'];
  const texts = Object.fromEntries(names.map((name) => [name, '']));
  const key = { ...texts, scheme, K: 8, N, S: 2, E: 0, lambda_enc: undefined, lambda_dec: undefined, ...more };
  const metrics = new Map<MetricName, SummaryRow['metrics'] extends ReadonlyMap<string, infer V> ? V : never>([
    ['relacc', { mean: relacc, std: 0.1, sem }],
    ['mse', { mean: 1 - relacc, std: 0.1, sem }],
    ['base_accuracy', { mean: 0.9, std: 0.1, sem }],
  ]);
  return { key: key as SummaryRow['key'], trials: 1000, metrics, relaccUndefined: 0 };
}

const target = { metric: 'relacc', value: 0.99 } as const;

const sweep = [
  row('BACC', 12, 0.9),
  row('BACC', 24, 0.97),
  row('BACC', 48, 0.98),
  row('Kriging', 12, 0.95),
  row('Kriging', 24, 0.9905),
  row('Kriging', 48, 0.999),
  row('Replication', 48, 1, 0),
  row('Replication', 12, 0.995, 0.001),
];

describe('recommendations', () => {
  it('name the fewest workers that reach the target, the cheapest scheme first', () => {
    const [{ condition, recommendations }, ...others] = recommend(sweep, { metric: 'relacc', value: 0.99 }) as [
      ReturnType<typeof recommend>[number],
    ];
    expect(others).toEqual([]);
    expect(condition).toMatchObject({ K: 8, S: 2 });
    expect(condition).not.toHaveProperty('N');
    expect(recommendations.map((one) => [one.scheme, one.reached?.workers, one.reached?.reaches, one.tried])).toEqual([
      ['Replication', 12, 'yes', 48],
      ['Kriging', 48, 'yes', 48], // with 24 workers the interval around 0.9905 holds less than 0.99
      ['BACC', undefined, undefined, 48],
    ]);
    expect(recommendations[1]!.reached!.mean).toBe(0.999);
  });

  it('look downwards for an error', () => {
    const [{ recommendations }] = recommend(sweep, { metric: 'mse', value: 0.04 }) as [
      ReturnType<typeof recommend>[number],
    ];
    expect(recommendations.map(({ scheme, reached }) => [scheme, reached?.workers])).toEqual([
      ['Replication', 12],
      ['BACC', 24],
      ['Kriging', 24],
    ]);
  });

  it('keep conditions apart and leave out those without a sweep of N', () => {
    const rows = [
      ...sweep,
      row('BACC', 12, 1, 0, { S: 3 }),
      row('BACC', 12, 0.2, 0, { S: 4 }),
      row('BACC', 14, 1, 0, { S: 4 }),
    ];
    const conditions = recommend(rows, { metric: 'relacc', value: 0.99 });
    expect(conditions.map(({ condition }) => condition.S)).toEqual([2, 4]);
    expect(conditions[1]!.recommendations.map(({ reached }) => reached?.workers)).toEqual([14]);
  });

  it('take the best of several cells of a scheme at the same N', () => {
    const rows = [
      row('NeRCC', 12, 0.991, 0, { lambda_dec: 0 }),
      row('NeRCC', 12, 0.995, 0, { lambda_dec: 1e-6 }),
      row('NeRCC', 24, 1),
    ];
    expect(recommend(rows, { metric: 'relacc', value: 0.99 })[0]!.recommendations[0]!.reached!.mean).toBe(0.995);
  });

  it('are sure of nothing that a few trials could not have shown, as advise is', () => {
    const few = [
      { ...row('BACC', 8, 1, 0), trials: 3 },
      { ...row('BACC', 16, 1, 0), trials: 3 },
    ];
    const [{ recommendations }] = recommend(few, target) as [ReturnType<typeof recommend>[number]];
    expect(recommendations[0]!.reached).toMatchObject({ workers: 8, reaches: 'perhaps' });
    // 3 · 8 · 0.9 queries that the model has right
    expect(recommendations[0]!.reached!.low).toBeCloseTo(1 + Math.log(0.05) / 21.6, 6);
    expect(reachedTexts(recommendations[0]!.reached!, target)).toEqual(['8', '1.000 [0.861, 1.000]', 'perhaps', '3']);
  });

  it('are sure of no scheme that could not decode every trial, and take a larger one that could', () => {
    const failing = { ...row('Replication', 12, 1, 0), trials: 84, undecoded: { count: 16 } };
    const of = (rows: SummaryRow[]) => recommend(rows, target)[0]!.recommendations[0]!.reached!;
    expect(of([failing, row('Replication', 24, 0.5)])).toMatchObject({ workers: 12, reaches: 'perhaps', failed: 16 });
    expect(of([failing, row('Replication', 24, 1, 0)])).toMatchObject({ workers: 24, reaches: 'yes' });
  });

  it('take copies for sure that no fault can spoil, and only those', () => {
    const of = (N: number, more: Partial<SummaryRow['key']> = {}) =>
      recommend([row('Replication', N, 1, 0, more), row('Replication', 100, 0, 0, more)], {
        metric: 'mse',
        value: 0.1,
      })[0]!.recommendations[0]!.reached!.reaches;
    expect(of(24)).toBe('yes');
    expect(of(23)).toBe('perhaps');
    expect(of(24, { E: 1 })).toBe('perhaps');
    expect(of(24, { S: undefined, stragglers: 'bernoulli(0.1)' })).toBe('perhaps');
  });

  it('are left out where the metric has no values', () => {
    const rows = [row('BACC', 12, Number.NaN), row('BACC', 24, Number.NaN)];
    expect(recommend(rows, target)).toEqual([]);
  });

  it('refuse a metric without a better direction', () => {
    expect(() => recommend(sweep, { metric: 'base_accuracy', value: 0.9 })).toThrow(RangeError);
  });
});
