import { expect, test } from 'vitest';
import type { ImageListing } from '../../src/datasets/image-listing.ts';
import { checkLabels, labelsOf } from '../../src/datasets/labels.ts';

const model = { name: 'net', outputs: 3 };
const points = (...labels: number[]) => ({
  name: 'x.npy',
  length: labels.length,
  label: (index: number) => labels[index]!,
});
const folders = (...ranked: string[]) => {
  const files = ranked.map((name, label) => ({ path: `${name}/a.png`, label, sha256: '' }));
  const listing: ImageListing = { files, shape: [3, 2, 2], sha256: '', ranked };
  return { ...points(...files.map(({ label }) => label)), name: 'images', listing };
};

test('labels that are classes of the model are right, and none are needed', () => {
  expect(checkLabels(points(0, 2, 1), model)).toBeUndefined();
  expect(checkLabels({ name: 'x.npy', length: 3 }, model)).toBeUndefined();
  expect(checkLabels(folders('a', 'b', 'c'), model)).toBeUndefined();
});

test('a label beyond the outputs is refused with its index, its value and the cure', () => {
  expect(() => checkLabels(points(0, 1, 12), model)).toThrow(
    'x.npy: label 2 is 12, but model net has 3 outputs, classes 0 … 2; it is not the model for these classes',
  );
  expect(() => checkLabels(points(1, 2, 3), model)).toThrow(/label 2 is 3, .*run from 1 to 3: subtract 1$/);
});

test('labels beside one output: more than class 0 is refused, and all 0 is said', () => {
  const one = { name: 'net', outputs: 1 };
  expect(() => checkLabels(points(0, 1), one)).toThrow(/net has 1 output, .* use data without labels: MSE says/);
  for (const labelled of [points(0, 0), folders('a')])
    expect(checkLabels(labelled, one)).toMatch(/^model net has one output, so its class is always 0/);
  expect(checkLabels({ name: 'x.npy', length: 3 }, one)).toBeUndefined();
});

test('labels that may be counted from 1 are said', () => {
  expect(checkLabels(points(1, 2, 1), model)).toMatch(/none is 0, .*if they are counted from 1, subtract 1/);
});

test('more class folders than outputs are refused, fewer are said', () => {
  expect(() => checkLabels(folders('a', 'b', 'c', 'notes', 'z'), model)).toThrow(
    'images has 5 class folders (a, b, … z), model net has 3 outputs: remove those that are no classes, or add classes: ',
  );
  expect(checkLabels(folders('a', 'b'), model)).toMatch(
    /^images has 2 class folders \(a, b\), .*taken for classes 0 … 1; if they are others, add classes: table\.json$/,
  );
});

test('what needs labels says so', () => {
  expect(labelsOf(points(2))(0)).toBe(2);
  expect(() => labelsOf({ name: 'x.npy' })).toThrow('dataset x.npy has no labels');
});
