import { expect, test } from 'vitest';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

const base = { name: 'd', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 12, S: 3, trials: 1, schemes: ['bacc'] };
const cellsOf = (more: object) =>
  makePlan(parseExperiment(JSON.parse(JSON.stringify({ ...base, ...more })))).cells.map(({ key }) => [
    key.scheme,
    key.N,
    key.S,
    key.output,
  ]);

test('a scheme that uses its own number of workers has one cell in a sweep of N', () => {
  expect(cellsOf({ N: [10, 12], schemes: ['uncoded', 'bacc'] })).toEqual([
    ['Uncoded', '4', '3', 'logits'],
    ['BACC', '10', '3', 'logits'],
    ['BACC', '12', '3', 'logits'],
  ]);
});

test.each<[string, object]>([
  ['output', { output: ['logits', 'logits'] }],
  ['stragglers', { stragglers: ['uniform', 'uniform'] }],
  ['equal parameters', { stragglers: [{ bernoulli: 0.1 }, { bernoulli: 0.1 }], S: undefined }],
  ['attack', { E: 1, attack: ['gaussian', { gaussian: 10 }, 'gaussian'] }],
  ['numbers', { K: [4, 4], N: [12, 12], S: [3, 3] }],
  ['a logarithmic grid', { schemes: [{ nercc: { lambdaEnc: { logspace: [1e-4, 1e-4, 2] } } }] }],
  [
    'settings',
    {
      K: undefined,
      N: undefined,
      S: undefined,
      settings: [
        { K: 4, N: 12 },
        { K: 4, N: 12, S: 0 },
      ],
    },
  ],
  [
    'settings with E',
    {
      K: undefined,
      N: undefined,
      S: undefined,
      settings: [
        { K: 4, N: 12 },
        { K: 4, N: 12, E: 0 },
      ],
    },
  ],
])('repeats count once: %s', (_, more) => {
  expect(cellsOf(more)).toHaveLength(1);
});

test('settings that come to the same number of workers are one cell', () => {
  const settings = [
    { K: 4, S: 1 },
    { K: 4, N: 5, S: 1 },
  ];
  const more = { K: undefined, N: undefined, S: undefined, settings, schemes: ['parm', 'bacc'] };
  expect(cellsOf(more)).toEqual([
    ['ParM', '5', '1', 'logits'],
    ['BACC', '2', '1', 'logits'],
    ['BACC', '5', '1', 'logits'],
  ]);
});

test('different cells that results could not tell apart are refused with the place', () => {
  // no config says this today: labels of two items differ. The plan does not rely on it
  const config = parseExperiment({ ...base, schemes: ['uncoded', 'replication'], N: 4 });
  const [uncoded, replication] = config.schemes;
  const alike = { ...config, schemes: [uncoded!, { ...replication!, label: uncoded!.label }] };
  expect(() => makePlan(alike)).toThrow(
    expect.objectContaining({
      path: ['schemes', 1],
      message: expect.stringMatching(/Uncoded has two cells that results could not tell apart \(K = 4, N = 4, S = 3\)/),
    }),
  );
});
