import { expect, test } from 'vitest';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';
import { estimateRun } from '../../../src/kinds/inference/estimate.ts';

const base = { name: 'e', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 12, S: [0, 2], trials: 6 };
const grid = { lambdaEnc: [0, 1e-6, 1e-5], lambdaDec: [0, 1e-6], trials: 3 };
const estimateOf = (changes: object, options = {}) =>
  estimateRun(parseExperiment({ ...base, ...changes }), { folder: '.', jobs: 1, trials: 6, tunes: true, ...options });

test('an estimate counts what goes through the model: queries and coded points, no copies', async () => {
  const estimate = await estimateOf({ schemes: ['replication', 'bacc'] });
  expect(estimate).toMatchObject({
    cells: 4,
    codedBatches: 2,
    stages: [{ name: 'trials', trials: 6 }],
    inferences: 6 * (4 + 12),
    decodes: 6 * 4,
  });
  expect(estimate.seconds).toBeGreaterThan(0);
});

test('an estimate has the tuning stages, and another λ_enc for each condition', async () => {
  const schemes = [{ nercc: { tune: true } }];
  expect(await estimateOf({ schemes, tune: grid })).toMatchObject({
    stages: [
      { name: 'tuning', trials: 3 },
      { name: 'trials', trials: 6 },
    ],
    inferences: 3 * (4 + 3 * 12) + 6 * (4 + 2 * 12),
    decodes: 3 * 12 + 6 * 2,
  });
  expect((await estimateOf({ schemes, tune: { ...grid, S: 2 } })).inferences).toBe(3 * (4 + 3 * 12) + 6 * (4 + 12));
  expect((await estimateOf({ schemes, tune: grid }, { tunes: false })).inferences).toBe(6 * (4 + 2 * 12));
});

test('an estimate of tune alone has the refinement', async () => {
  const changes = { S: 2, schemes: [{ nercc: { tune: true } }], tune: { ...grid, refine: 1 } };
  expect(await estimateOf(changes, { trials: 0 })).toMatchObject({
    cells: 6,
    stages: [
      { name: 'tuning', trials: 3 },
      { name: 'refining', trials: 3 },
    ],
    inferences: 2 * 3 * (4 + 3 * 12),
    decodes: 3 * (6 + 9),
  });
});

test('an estimate of a shard without trials is nothing', async () => {
  expect(await estimateOf({ schemes: ['bacc'] }, { trials: 0 })).toMatchObject({
    cells: 2,
    codedBatches: 1,
    stages: [],
    inferences: 0,
    decodes: 0,
    seconds: 0,
  });
});
