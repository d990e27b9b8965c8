import { expect, test } from 'vitest';
import { makePlan } from '../../../src/coded/plan.ts';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';
import { mayTakeLong } from '../../../src/kinds/inference/long.ts';

const plan = (more: object) =>
  makePlan(parseExperiment({ name: 'x', model: 'lenet5-mnist', dataset: 'mnist', trials: 1, K: 20, N: 100, ...more }));

test('a trial takes long by a decode of many workers, or by a slow model', () => {
  expect(mayTakeLong(plan({ schemes: ['kriging', 'nercc'] }), 2e-5)).toBe(false);
  expect(mayTakeLong(plan({ schemes: ['bacc'] }), 0.016)).toBe(true);
  expect(mayTakeLong(plan({ schemes: ['kriging'], K: 200, N: 3000 }), 2e-5)).toBe(true);
  expect(
    mayTakeLong(plan({ schemes: [{ replication: { locator: 'kriging' } }], N: 3000, E: 1, attack: 'sign-flip' }), 0),
  ).toBe(true);
  expect(mayTakeLong(plan({ schemes: ['bacc'], K: 200, N: 3000 }), 2e-5)).toBe(false);
});
