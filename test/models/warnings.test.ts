import { expect, test } from 'vitest';
import {
  accuracyWarnings,
  areProbabilities,
  constancyWarnings,
  probabilityWarnings,
  rangeWarnings,
} from '../../src/models/warnings.ts';

test('probabilities are told from logits', () => {
  expect(areProbabilities([0.2, 0.8, 1, 0], 2)).toBe(true);
  expect(areProbabilities([0.3334, 0.3333, 0.3334], 3)).toBe(true);
  expect(areProbabilities([0.2, 0.8, 1, 0.1], 2)).toBe(false);
  expect(areProbabilities([-0.2, 1.2], 2)).toBe(false);
  expect(areProbabilities([Number.NaN, 1], 2)).toBe(false);
  expect(areProbabilities([1, 1, 1], 1)).toBe(false);
  expect(areProbabilities([], 2)).toBe(false);
});

test('probabilities are said under logits and under softmax', () => {
  const outputs = [0.25, 0.75];
  expect(probabilityWarnings('mine', outputs, 2, ['logits'])).toEqual([
    expect.stringMatching(
      /^model mine gives probabilities .* output: logits takes them for logits; export the model without/,
    ),
  ]);
  expect(probabilityWarnings('mine', outputs, 2, ['softmax'])).toEqual([
    expect.stringMatching(/output: softmax would apply softmax a second time/),
  ]);
  expect(probabilityWarnings('mine', outputs, 2, ['logits', 'softmax'])).toHaveLength(2);
  expect(probabilityWarnings('mine', [3, -1], 2, ['logits', 'softmax'])).toEqual([]);
});

test('points outside of what input: scales are said', () => {
  const names = { model: 'mine', dataset: 'x.npy' };
  expect(rangeWarnings(names, { range: [-1, 1] }, [0, 17, 255])).toEqual([
    'points of x.npy lie in [0, 255], but input: of model mine expects numbers in [0, 1] (pixel / 255) and scales them; scale the data to [0, 1], or leave range, mean and std out',
  ]);
  expect(rangeWarnings(names, { mean: 0.5 }, [-1, 1])).toHaveLength(1);
  expect(rangeWarnings(names, { mean: 0.5 }, [0, 0.3, 1])).toEqual([]);
  expect(rangeWarnings(names, { layout: 'nhwc' }, [-1, 255])).toEqual([]);
  expect(rangeWarnings(names, undefined, [-1, 255])).toEqual([]);
});

test('a base model that is wrong far too often is said', () => {
  const names = { model: 'mine', dataset: 'mnist' };
  const known = { top1: 0.95, dataset: 'mnist' };
  expect(accuracyWarnings(names, 3, 32, 10, known)).toEqual([
    expect.stringMatching(
      /^model mine is right on 9\.4 % of 32 points of mnist, where it is known to reach 95\.0 %; look at the labels/,
    ),
  ]);
  expect(accuracyWarnings(names, 31, 32, 10, known)).toEqual([]);
  // half of 95 % by chance
  expect(accuracyWarnings(names, 14, 32, 10, known)).toEqual([]);
  // the figure is of another data set
  expect(accuracyWarnings(names, 20, 32, 10, { ...known, dataset: 'cifar10' })).toEqual([]);
  expect(accuracyWarnings(names, 4, 32, 10)).toEqual([
    expect.stringMatching(/^model mine is right on 12\.5 % of 32 points of mnist, and guessing reaches 10\.0 %/),
  ]);
  expect(accuracyWarnings(names, 20, 32, 10)).toEqual([]);
  // too few points to tell
  expect(accuracyWarnings(names, 3, 3, 2)).toEqual([]);
  expect(accuracyWarnings(names, 0, 3, 2)).toEqual([]);
  // of a thousand classes, 10 % is far from guessing
  expect(accuracyWarnings(names, 3, 32, 1000)).toEqual([]);
  expect(accuracyWarnings(names, 0, 0, 10)).toEqual([]);
});

test('a model that always answers the same is said', () => {
  const names = { model: 'mine', dataset: 'x.npy' };
  expect(constancyWarnings(names, [1, 2, 1, 2], 2)).toEqual([
    expect.stringMatching(/^model mine gives one answer to all of 2 points of x\.npy/),
  ]);
  expect(constancyWarnings(names, [1, 2, 1, 3], 2)).toEqual([]);
  expect(constancyWarnings(names, [1, 2], 2)).toEqual([]);
});
