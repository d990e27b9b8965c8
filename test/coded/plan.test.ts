import { expect, test } from 'vitest';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

const base = { name: 'p', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 12, S: 2, trials: 2 };
const planOf = (changes: object) => makePlan(parseExperiment({ ...base, ...changes }));

test('every λ_dec, S and straggler model shares the inference of one coded batch', () => {
  const plan = planOf({
    S: [0, 2, 4],
    stragglers: ['uniform', 'contiguous'],
    schemes: [{ nercc: { lambdaEnc: 1e-6, lambdaDec: [0, 1e-6, 1e-5, 1e-4] } }],
  });
  expect(plan.cells).toHaveLength(24);
  expect(plan.codedBatches).toHaveLength(1);
});

test('schemes that encode alike share a coded batch; other K, N, λ_enc and orders do not', () => {
  const plan = planOf({
    schemes: [
      { nercc: { lambdaDec: 0 } },
      { nercc: { lambdaEnc: 0, lambdaDec: 1e-5, label: 'b' } },
      { nercc: { lambdaEnc: 1e-5, label: 'c' } },
      { nercc: { order: 'path', label: 'd' } },
      'bacc',
    ],
  });
  expect(plan.codedBatches.map(({ cells }) => cells.map(({ entry }) => entry.label))).toEqual([
    ['NeRCC0', 'b'],
    ['c'],
    ['d'],
    ['BACC'],
  ]);
});

test('the columns of a cell say what it is', () => {
  const [cell] = planOf({
    E: 1,
    N: 20,
    attack: 'sign-flip',
    schemes: [{ nercc: { lambdaEnc: 0.5, lambdaDec: 1e-7, order: 'path', locator: 'approxifer', nodes: 'legacy' } }],
  }).cells;
  expect(cell!.key).toEqual({
    output: 'logits',
    scheme: 'NeRCC-legacy-path-approxifer-locator',
    K: '4',
    N: '20',
    S: '2',
    E: '1',
    lambda_enc: '0.5',
    lambda_dec: '1e-7',
    order: 'path',
    stragglers: 'uniform',
    attack: 'sign-flip',
    options: 'locator=approxifer;nodes=legacy',
  });
});

test('without N every scheme gets the fewest workers it needs; S is empty where the model draws it', () => {
  const plan = planOf({
    N: undefined,
    S: 3,
    schemes: ['bacc', 'replication'],
    stragglers: ['uniform', { bernoulli: 0.1 }],
  });
  expect(plan.cells.filter(({ key }) => key.scheme === 'Replication').map(({ key }) => [key.N, key.S])).toEqual([
    ['16', '3'],
    ['4', ''],
  ]);
});

test('N of a scheme gives every scheme as many workers as that one needs; uncoded keeps its own', () => {
  const plan = planOf({ K: [4, 6], N: { of: 'approxifer' }, S: 1, schemes: ['bacc', 'approxifer', 'uncoded'] });
  expect(plan.cells.map(({ key, N }) => [key.scheme, key.K, N])).toEqual([
    ['BACC', '4', 5],
    ['ApproxIFER', '4', 5],
    ['Uncoded', '4', 4],
    ['BACC', '6', 7],
    ['ApproxIFER', '6', 7],
    ['Uncoded', '6', 6],
  ]);
  // the scheme need not take part: a tuning stage runs a part of the schemes at the same N
  expect(planOf({ N: { of: 'parm' }, S: 1, schemes: ['bacc'] }).cells[0]!.N).toBe(5);
  expect(() => planOf({ N: { of: 'parity' }, schemes: ['bacc'] })).toThrow(/unknown scheme "parity"/);
  expect(() => planOf({ N: { of: 'external' }, schemes: ['bacc'] })).toThrow(
    /external has no default options; .*an entry/,
  );
  expect(() => planOf({ N: { of: 'matrix' }, schemes: [{ matrix: { encode: 'A.npy' } }] })).toThrow(/give N, its rows/);
});

test('too few workers for Byzantine ones are refused with the formula and the smallest N', () => {
  expect(() => planOf({ N: 13, S: 0, E: 3, schemes: ['approxifer'] })).toThrow(
    /ApproxIFER .*K = 4, S = 0, E = 3 needs N >= .*2\(K\+E\) \+ S.*N = 13 is too small, the smallest is 14/,
  );
});

test("another code with ApproxIFER's locator needs the workers that the locator needs", () => {
  const located = { nercc: { locator: 'approxifer' } };
  const lying = { E: 2, S: 1, attack: 'sign-flip' };
  expect(() => planOf({ ...lying, N: 11, schemes: [located] })).toThrow(
    /NeRCC0-approxifer-locator with K = 4, S = 1, E = 2 needs N >= 2\(K\+E\)-1 \+ S.*N = 11 is too small, the smallest is 12/,
  );
  expect(planOf({ ...lying, N: 12, schemes: [located] }).cells).toHaveLength(1);
  expect(planOf({ ...lying, N: undefined, schemes: [located] }).cells[0]!.N).toBe(12);
  expect(planOf({ E: 0, N: 5, schemes: [located] }).cells).toHaveLength(1);
});

test('parm says how far several parities amplify errors', () => {
  const parm = (N: number) => planOf({ N, S: 0, schemes: ['parm'] }).warnings;
  expect(parm(5)).toEqual([]);
  expect(parm(6)).toEqual(['parm with K = 4, N = 6 amplifies errors of its 2 parity models up to 5 times']);
});

test('the folder of parity models is no part of what a cell is called: their digests are part of the experiment', () => {
  const [cell] = planOf({ N: 5, S: 0, schemes: [{ parm: { models: '../moved/parities', fallback: 'random' } }] }).cells;
  expect(cell!.key.options).toBe('fallback=random');
  expect(() => planOf({ N: 5, S: 0, schemes: ['parm', { parm: { models: 'mine' } }] })).toThrow(/label/);
});
