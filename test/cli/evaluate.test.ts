import { describe, expect, test } from 'vitest';
import { evaluateModel } from '../../src/cli/evaluate.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import type { Model } from '../../src/models/model.ts';
import { openModel } from '../../src/models/registry.ts';
import { dataEnv, dataFolder } from '../helpers/data.ts';

/** A model that returns its input, over points that are the outputs to rank. */
function echo(rows: number[][], labels: number[]): [Model, Dataset] {
  const width = rows[0]!.length;
  const model: Model = {
    name: 'echo',
    sha256: '',
    runtime: 'test',
    inputShape: [width],
    outputs: width,
    infer: async (points, count) => points.subarray(0, count * width),
    dispose: async () => {},
  };
  const dataset: Dataset = {
    name: 'rows',
    length: rows.length,
    shape: [width],
    sha256: '',
    label: (index) => labels[index]!,
    async read(indices, out) {
      for (const [i, index] of indices.entries()) out.set(rows[index]!, i * width);
    },
  };
  return [model, dataset];
}

test('top-1 and top-5 count ranks; of equal outputs the first class wins', async () => {
  const row = [9, 8, 7, 6, 5, 4, 9];
  const [model, dataset] = echo(
    Array.from({ length: 7 }, () => row),
    [0, 1, 2, 3, 4, 5, 6],
  );
  // ranks: 0, 2, 3, 4, 5, 6, 1
  expect(await evaluateModel(model, dataset)).toEqual({ images: 7, top1: 1 / 7, top5: 5 / 7 });
});

test('a class beyond the outputs, and points without labels, are refused', async () => {
  const [model, dataset] = echo(
    [
      [2, 1],
      [1, 2],
    ],
    [0, 0],
  );
  await expect(evaluateModel(model, { ...dataset, label: (index) => 2 * index })).rejects.toThrow(
    'rows: label 1 is 2, but model echo has 2 outputs, classes 0 … 1',
  );
  const { label: _, ...unlabelled } = dataset;
  await expect(evaluateModel(model, unlabelled)).rejects.toThrow('dataset rows has no labels');
});

test('all batches count, and a limit takes the first points', async () => {
  const rows = Array.from({ length: 120 }, (_, i) => (i < 60 ? [1, 0] : [0, 1]));
  const [model, dataset] = echo(
    rows,
    rows.map(() => 0),
  );
  const done: number[] = [];
  expect((await evaluateModel(model, dataset, undefined, (count) => done.push(count))).top1).toBe(0.5);
  expect(done).toEqual([50, 100, 120]);
  expect(await evaluateModel(model, dataset, 60)).toMatchObject({ images: 60, top1: 1 });
});

test('LeNet5 reaches its accuracy on MNIST', async () => {
  const model = await openModel('lenet5-mnist');
  expect((await evaluateModel(model, await openDataset('mnist'))).top1).toBeCloseTo(0.9952, 3);
});

describe.skipIf(!dataFolder)('with pretrained models', () => {
  test.each([
    ['resnet20-cifar10', 'cifar10', 1000, 0.91],
    ['vit-tiny-imagenet', 'imagenet-samples', 20, 0.75],
    ['mobilenet-imagenet', 'imagenet-samples', 20, 0.75],
  ])('%s is about as accurate as it should be on the first images of %s', async (name, set, limit, least) => {
    const context = { env: dataEnv };
    const model = await openModel(name, context);
    const { top1 } = await evaluateModel(model, await openDataset(set, context), limit);
    expect(top1).toBeGreaterThanOrEqual(least);
    await model.dispose();
  });
});
