import { expect, test } from 'vitest';
import { chebyshevFirstKind } from '../../src/codecs/nodes.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { datasetSpecSchema } from '../../src/datasets/spec.ts';

const open = (written: object) => openDataset(datasetSpecSchema.parse(written));
const all = async (dataset: Dataset, indices: number[]) => {
  const out = new Float32Array(indices.length * dataset.shape[0]!);
  await dataset.read(indices, out);
  return [...out];
};
const numbers = Array.from({ length: 4000 }, (_, i) => i);

test('uniform points lie in the box and fill it', async () => {
  const points = await all(await open({ uniform: { D: 2, low: -3, high: 1, count: 4000 } }), numbers);
  expect(points.every((value) => value >= -3 && value <= 1)).toBe(true);
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  expect(Math.abs(mean + 1)).toBeLessThan(4 * Math.sqrt(16 / 12 / points.length));
});

test('normal points have the mean and the deviation asked for', async () => {
  const points = await all(await open({ normal: { D: 2, mean: 5, std: 2 } }), numbers);
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  const variance = points.reduce((sum, value) => sum + (value - mean) ** 2, 0) / points.length;
  expect(Math.abs(mean - 5)).toBeLessThan(4 * (2 / Math.sqrt(points.length)));
  expect(Math.abs(variance / 4 - 1)).toBeLessThan(4 * Math.sqrt(2 / points.length));
});

test('a point follows from the seed and its number, whatever is read with it', async () => {
  const dataset = await open({ uniform: { D: 3 } });
  const [third] = [await all(dataset, [2])];
  expect((await all(dataset, [0, 2, 1])).slice(3, 6)).toEqual(third);
  expect(await all(await open({ uniform: { D: 3, count: 5 } }), [2])).toEqual(third);
  expect(await all(await open({ uniform: { D: 3, seed: 2 } }), [2])).not.toEqual(third);
});

test('the digest is of what is drawn, with defaults written out; there are no labels', async () => {
  const dataset = await open({ uniform: { D: 1 } });
  expect(dataset.sha256).toBe((await open({ uniform: { seed: 1, high: 1, low: -1, D: 1, count: 10_000 } })).sha256);
  const others = await Promise.all(
    [{ uniform: { D: 1, seed: 2 } }, { normal: { D: 1 } }, { uniform: { D: 2 } }].map(open),
  );
  expect(new Set([dataset, ...others].map(({ sha256 }) => sha256)).size).toBe(4);
  expect(dataset.label).toBeUndefined();
});

test('an empty box is refused', () => {
  expect(() => datasetSpecSchema.parse({ uniform: { D: 1, low: 1, high: 1 } })).toThrow('low must be below high');
});

test('the Chebyshev points are those of the codes, ascending in their interval', async () => {
  const points = await all(await open({ chebyshev: { count: 5, low: 1, high: 3 } }), [0, 1, 2, 3, 4]);
  expect(points).toEqual([...chebyshevFirstKind(5)].reverse().map((node) => Math.fround(2 + node)));
  expect(() => datasetSpecSchema.parse({ chebyshev: { count: 5, low: 1, high: 1 } })).toThrow(/low must be below high/);
});
