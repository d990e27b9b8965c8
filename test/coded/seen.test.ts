import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inferringOnce, repeats } from '../../src/coded/seen.ts';

const [D, m, length] = [3, 2, 12];

/** A model on three numbers. @param company what the sums of a call depend on besides its points: changes the lowest bits */
function countingModel(company: (count: number) => number = () => 0) {
  const calls: number[] = [];
  const infer = async (points: Float32Array, count: number) => {
    calls.push(count);
    return Float32Array.from({ length: count * m }, (_, i) => {
      const row = Math.floor(i / m);
      const [a = 0, b = 0, c = 0] = points.subarray(row * D, (row + 1) * D);
      return (i % m === 0 ? a + b * c : a * b - c) + company(count);
    });
  };
  return { outputs: m, infer, calls };
}

function batchOf(indices: readonly number[]) {
  const points = Float32Array.from(indices.flatMap((index) => [index, Math.sqrt(index + 2), 1 / (index + 1)]));
  return { indices, points, K: indices.length, D };
}

const batches = fc.array(fc.uniqueArray(fc.nat(length - 1), { minLength: 1, maxLength: 6 }), { maxLength: 12 });

test('each image is inferred once, and every batch has the outputs of a call of its own', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (drawn) => {
      const model = countingModel();
      const infer = inferringOnce(model, length);
      for (const indices of drawn) {
        const batch = batchOf(indices);
        expect(await infer(batch)).toEqual(await countingModel().infer(batch.points, batch.K));
      }
      // beyond that, what the first batch of each size is tried with
      const sizes = new Set(drawn.map((indices) => indices.length));
      const tries = [...sizes].reduce((sum, K) => sum + K + (K > 2 ? 1 : 0) + Math.ceil(K / 2), 0);
      expect(model.calls.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
        new Set(drawn.flat()).size + tries,
      );
    }),
  );
});

test('a model whose sums depend on the company is asked for every batch as a whole', async () => {
  const company = (count: number) => count * 2 ** -20;
  const infer = inferringOnce(countingModel(company), length);
  for (const indices of [
    [0, 1, 2],
    [2, 1, 0],
    [3, 1],
    [1, 2, 4],
  ]) {
    const batch = batchOf(indices);
    expect(await infer(batch)).toEqual(await countingModel(company).infer(batch.points, batch.K));
  }
});

test('outputs are remembered where some must come again, and fit', () => {
  const images = { purpose: 'report', size: 100, at: (index: number) => index } as const;
  expect(repeats(5, 20, images, 100, 10)).toBe(false);
  expect(repeats(6, 20, images, 100, 10)).toBe(true);
  expect(repeats(10 ** 6, 20, images, 10 ** 6, 1000)).toBe(false);
});
