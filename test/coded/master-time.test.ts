import { expect, test } from 'vitest';
import { masterSeconds } from '../../src/coded/master-time.ts';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

test('every scheme has a time, with late workers and liars, and more workers take longer', () => {
  const cells = (N: number, E: number) =>
    makePlan(
      parseExperiment({
        name: 'm',
        model: 'lenet5-mnist',
        dataset: 'mnist',
        K: 4,
        N,
        S: 2,
        trials: 1,
        ...(E > 0 && { E, attack: 'sign-flip' }),
        schemes: ['replication', 'bacc', 'nercc', 'approxifer', 'sbacc', 'kriging'],
      }),
    ).cells;
  for (const E of [0, 1]) for (const cell of cells(16, E)) expect(masterSeconds(cell, 20, 3, 2, E)).toBeGreaterThan(0);
  const [, small] = cells(16, 0);
  const [, large] = cells(1024, 0);
  expect(masterSeconds(large!, 400, 10, 2, 0)).toBeGreaterThan(masterSeconds(small!, 400, 10, 2, 0));
});
