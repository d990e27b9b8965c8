import { expect, test } from 'vitest';
import { tinyTrials } from '../helpers/tiny.ts';

const trials = 30;

test('a batch is inferred once, however many patterns it is decoded under', async () => {
  const once = await tinyTrials(3, {});
  const often = await tinyTrials(3, { patterns: 5 });
  expect(often.inferred).toBe(once.inferred);
});

test('without stragglers every pattern is the same', async () => {
  const once = await tinyTrials(3, { S: 0 });
  const often = await tinyTrials(3, { S: 0, patterns: 4 });
  expect(often.results).toEqual(once.results); // four equal doubles have that double as their mean
});

test('a trial is the mean over patterns, of which the first is that of a run with one', async () => {
  const settings = { S: 6, schemes: ['bacc', 'nercc'] };
  const [one, two, three] = await Promise.all(
    [1, 2, 3].map(async (patterns) => (await tinyTrials(trials, { ...settings, patterns })).results),
  );
  for (const cell of [0, 1]) {
    const mse = (results: typeof one) => results!.map(({ cells }) => cells[cell]!.mse!);
    const [a, ab, abc] = [mse(one), mse(two), mse(three)];
    const second = ab.map((mean, t) => 2 * mean - a[t]!);
    const third = abc.map((mean, t) => 3 * mean - 2 * ab[t]!);
    expect(Math.min(...second, ...third)).toBeGreaterThan(0);
    expect(second.filter((value, t) => Math.abs(value - a[t]!) > 1e-9 * a[t]!).length).toBeGreaterThan(trials / 2);
    expect(third.filter((value, t) => Math.abs(value - second[t]!) > 1e-9 * value).length).toBeGreaterThan(trials / 2);
  }
  expect(one![0]!.cells[0]!.survivors).toBe(18);
});

test('patterns differ in number of survivors where the straggler model decides', async () => {
  const { results } = await tinyTrials(trials, { S: undefined, stragglers: { bernoulli: 0.3 }, patterns: 3 });
  const survivors = results.map(({ cells }) => 3 * cells[0]!.survivors!);
  expect(survivors.every((sum) => Math.abs(sum - Math.round(sum)) < 1e-9)).toBe(true);
  expect(survivors.some((sum) => Math.round(sum) % 3 !== 0)).toBe(true);
});

test('a cell that fails under one pattern fails in the trial', async () => {
  const { results } = await tinyTrials(8, { S: undefined, N: 8, stragglers: { bernoulli: 0.9 }, patterns: 4 });
  const failed = results.filter(({ failures }) => failures.length > 0);
  expect(failed.length).toBeGreaterThan(0);
  for (const { cells, failures } of failed) {
    for (const { cell, reason } of failures) {
      expect(reason).toBe('no worker answered');
      expect(cells[cell]!.mse).toBeNaN();
      expect(cells[cell]!.survivors).toBeGreaterThanOrEqual(0);
    }
  }
});
