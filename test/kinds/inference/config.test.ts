import { expect, test } from 'vitest';
import { expandList } from '../../../src/config/values.ts';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';

const base = { name: 'e', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 12, trials: 2 };

test('lists, ranges and grids are written out', () => {
  expect(expandList(3)).toEqual([3]);
  expect(expandList([3, 1, 3])).toEqual([3, 1]);
  expect(expandList({ from: 0, to: 1, step: 0.1 })).toHaveLength(11);
  expect(expandList({ from: 0, to: 1, step: 0.1 })[3]).toBe(0.3);
  expect(expandList({ logspace: [1e-9, 1e-4, 6], zero: true })).toEqual([0, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4]);
  expect(expandList({ logspace: [1e-3, 1e-3, 1], zero: false })).toEqual([1e-3]);
});

test('a λ list makes one entry a pair under one label', () => {
  const { schemes } = parseExperiment({
    ...base,
    schemes: ['bacc', { nercc: { lambdaEnc: [0, 1e-6], lambdaDec: [0, 1e-5, 1e-4] } }],
  });
  expect(schemes.map(({ label }) => label)).toEqual(['BACC', ...Array(6).fill('NeRCC')]);
  expect(schemes[2]!.options).toMatchObject({ lambdaEnc: 0, lambdaDec: 1e-5 });
});

test('the default label says what the entry is', () => {
  const { schemes } = parseExperiment({
    ...base,
    tune: { lambdaEnc: [0], lambdaDec: [0, 1e-6] },
    schemes: ['nercc', { nercc: { tune: true } }, { nercc: { tune: 'oracle' } }, { bacc: { nodes: 'legacy' } }],
  });
  expect(schemes.map(({ label }) => label)).toEqual(['NeRCC0', 'NeRCC', 'NeRCC-oracle', 'BACC-legacy']);
  const parts = parseExperiment({
    ...base,
    schemes: [
      { bacc: { decoder: 'kriging' } },
      { bacc: { order: 'path', locator: 'kriging' } },
      { approxifer: { locator: 'none' } },
      { approxifer: { locator: 'approxifer' } },
      { kriging: { decoder: 'kriging', order: 'path' } },
      { kriging: { placement: { c: 'auto' } } },
      { nercc: { lambdaDec: [1e-5, 0] } },
    ],
  });
  expect(parts.schemes.map(({ label }) => label)).toEqual([
    'BACC-kriging',
    'BACC-path-kriging-locator',
    'ApproxIFER-no-locator',
    'ApproxIFER',
    'Kriging',
    'Kriging-auto',
    'NeRCC',
    'NeRCC',
  ]);
});

test('scalars become lists and defaults are filled in', () => {
  const config = parseExperiment({ ...base, schemes: ['bacc'] });
  expect(config).toMatchObject({
    K: [4],
    N: [12],
    S: [0],
    E: [0],
    seed: 1,
    output: ['logits'],
    stragglers: ['uniform'],
  });
});
