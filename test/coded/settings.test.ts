import { describe, expect, it } from 'vitest';
import { expandConditions } from '../../src/coded/conditions.ts';
import { planMetrics } from '../../src/coded/measure.ts';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

const base = { name: 'x', model: 'lenet5-mnist', dataset: 'mnist', trials: 3, schemes: ['bacc'] };
const conditionsOf = (more: object) =>
  expandConditions(parseExperiment({ ...base, ...more })).map(({ K, N, S, stragglers, E }) => [K, N, S, stragglers, E]);

describe('metrics of location', () => {
  it('are columns when a setting has Byzantine workers', () => {
    const metricsOf = (more: object) => planMetrics(makePlan(parseExperiment({ ...base, ...more })));
    expect(metricsOf({ settings: [{ K: 4, N: 12, E: 2 }] })).toContain('locate_recall');
    expect(metricsOf({ K: 4, N: 12, E: [0, 2] })).toContain('locate_recall');
    expect(metricsOf({ settings: [{ K: 4, N: 12 }] })).not.toContain('locate_recall');
  });
});

describe('warnings', () => {
  it('say when kriging leaves queries without a coded point, once', () => {
    const plan = (N: number) => makePlan(parseExperiment({ ...base, schemes: ['kriging'], K: 8, N, S: [0, 1] }));
    expect(plan(6).warnings).toEqual([expect.stringMatching(/N = 6 workers for K = 8 queries/)]);
    expect(plan(8).warnings).toEqual([]);
  });
});

describe('settings', () => {
  it('stand for what they say instead of the product of the lists', () => {
    const settings = [
      { K: 20, N: 100, S: 40 },
      { K: 8, S: 1 },
      { K: 8, N: 12, E: 2 },
    ];
    expect(conditionsOf({ settings, stragglers: ['uniform', 'contiguous'] })).toEqual([
      [20, 100, 40, 'uniform', 0],
      [20, 100, 40, 'contiguous', 0],
      [8, undefined, 1, 'uniform', 0],
      [8, undefined, 1, 'contiguous', 0],
      [8, 12, 0, 'uniform', 2],
      [8, 12, 0, 'contiguous', 2],
    ]);
    expect(parseExperiment({ ...base, settings }).K).toEqual([20, 8]);
  });

  it('are the product of the lists where they are absent', () => {
    expect(conditionsOf({ K: [2, 3], N: [8, 9], S: [1, 2], E: 0 }).map((row) => row.slice(0, 3))).toEqual(
      [2, 3].flatMap((K) => [8, 9].flatMap((N) => [1, 2].map((S) => [K, N, S]))),
    );
  });

  it.each([
    [{ settings: [{ K: 2 }], N: 8 }, /N and settings: exclude each other/],
    [{}, /K: expected a whole number.*missing/],
    [{ settings: [{ K: 2 }], stragglers: { bernoulli: 0.1 } }, /settings: fixes S/],
    [{ settings: [{ K: 2 }], tune: { lambdaEnc: 0, lambdaDec: 0, S: 3 } }, /tuned at its own S/],
  ])('refuses %j', (more, message) => {
    expect(() => conditionsOf(more)).toThrow(message);
  });
});
