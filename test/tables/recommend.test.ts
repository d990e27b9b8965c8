import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../src/metrics/table.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { recommend } from '../../src/tables/recommend.ts';

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
  return { key: key as SummaryRow['key'], trials: 100, metrics, relaccUndefined: 0 };
}

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
    expect(recommendations.map(({ scheme, workers, certain, tried }) => [scheme, workers, certain, tried])).toEqual([
      ['Replication', 12, true, 48],
      ['Kriging', 24, false, 48], // 0.9905 less two standard errors is below 0.99
      ['BACC', undefined, false, 48],
    ]);
    expect(recommendations[1]!.reached!.mean).toBe(0.9905);
  });

  it('look downwards for an error', () => {
    const [{ recommendations }] = recommend(sweep, { metric: 'mse', value: 0.04 }) as [
      ReturnType<typeof recommend>[number],
    ];
    expect(recommendations.map(({ scheme, workers }) => [scheme, workers])).toEqual([
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
    expect(conditions[1]!.recommendations.map(({ workers }) => workers)).toEqual([14]);
  });

  it('take the best of several cells of a scheme at the same N', () => {
    const rows = [
      row('NeRCC', 12, 0.991, 0, { lambda_dec: 0 }),
      row('NeRCC', 12, 0.995, 0, { lambda_dec: 1e-6 }),
      row('NeRCC', 24, 1),
    ];
    expect(recommend(rows, { metric: 'relacc', value: 0.99 })[0]!.recommendations[0]!.reached!.mean).toBe(0.995);
  });

  it('refuse a metric without a better direction', () => {
    expect(() => recommend(sweep, { metric: 'base_accuracy', value: 0.9 })).toThrow(RangeError);
  });
});
