import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTrials } from '../../src/coded/open.ts';
import { inferringOnce, repeats } from '../../src/coded/seen.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { linearGraph, writeOnnx } from '../helpers/onnx.ts';

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
      // beyond that, what a batch of each size is tried with
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

test('the outputs of a model of ONNX Runtime with ELU do not depend on the trials before', async () => {
  const graph = linearGraph(
    [1, 28, 28],
    10,
    Array.from({ length: 7840 }, (_, i) => Math.sin(i * i) / 6),
  );
  const [flatten, product] = graph.nodes;
  const elu = { operator: 'Elu', inputs: ['linear'], outputs: ['logits'], attributes: {} };
  const folder = temporaryFolder();
  await writeOnnx(join(folder, 'elu.onnx'), { ...graph, nodes: [flatten!, { ...product!, outputs: ['linear'] }, elu] });
  const config = parseExperiment({
    name: 'elu',
    model: { onnx: 'elu.onnx' },
    dataset: 'mnist',
    K: 5,
    N: 6,
    trials: 20_000,
    schemes: ['bacc'],
  });
  const truthsOf = async (trials: readonly number[]) => {
    const truths: Float64Array[] = [];
    const opened = await openTrials({ config, folder, purpose: 'report', tuned: [] }, undefined, {
      answered: (_, { on }) => void truths.push(on('logits').truth.outputs),
    });
    await opened.run(trials);
    await opened.close();
    return truths;
  };
  const all = await truthsOf(Array.from({ length: 400 }, (_, trial) => trial));
  const odd = await truthsOf(Array.from({ length: 200 }, (_, i) => 2 * i + 1));
  odd.forEach((truth, i) => {
    expect(truth).toEqual(all[2 * i + 1]);
  });
});

test('a model known by name infers the queries of a trial that comes again no more; a file of your own does', async () => {
  const [K, N] = [4, 6];
  const inferredAgain = async (model: unknown) => {
    const config = parseExperiment({ name: 'again', model, dataset: 'mnist', K, N, trials: 5000, schemes: ['bacc'] });
    const opened = await openTrials({ config, folder: '.', purpose: 'report', tuned: [] });
    await opened.run([0]);
    await opened.run([0]); // tries
    const before = opened.inferred();
    await opened.run([0]);
    await opened.close();
    return opened.inferred() - before;
  };
  expect(await inferredAgain('lenet5-mnist')).toBe(N);
  expect(await inferredAgain({ onnx: 'models/lenet5-mnist.onnx' })).toBe(N + K);
});
