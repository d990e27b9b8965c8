import { expect, test } from 'vitest';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

const planOf = (own: object) =>
  makePlan(
    parseExperiment({ name: 'c', model: 'lenet5-mnist', dataset: { chebyshev: { count: 20_000 } }, trials: 1, ...own }),
  );

test('encoding matrices that schemes size themselves are refused before any is made, where the list stands', () => {
  const sweep = { from: 1, to: 10_000, step: 1 };
  expect(() => planOf({ K: sweep, schemes: ['parm'] })).toThrow(
    expect.objectContaining({
      path: ['K'],
      message: expect.stringMatching(/^10000 encoding matrices would have \d+ numbers/),
    }),
  );
  const liars = { K: 12, N: { of: 'approxifer' }, E: sweep, attack: { gaussian: 10 }, schemes: ['approxifer'] };
  expect(() => planOf(liars)).toThrow(expect.objectContaining({ path: ['E'] }));
  expect(planOf({ K: [2, 4], schemes: ['parm'] }).cells).toHaveLength(2);
});
