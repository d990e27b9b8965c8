import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseIdx } from '../../src/datasets/idx.ts';
import { locateFamily, mnist } from '../../src/datasets/mnist.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const idx = (dims: number[], data: number[]) =>
  Buffer.from([0, 0, 8, dims.length, ...dims.flatMap((dim) => [0, 0, dim >> 8, dim & 255]), ...data]);

test('the MNIST test set is read whole and right', async () => {
  const dataset = await openDataset('mnist');
  expect(dataset.length).toBe(10_000);
  expect(dataset.shape).toEqual([1, 28, 28]);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < dataset.length; i++) counts[dataset.label!(i)]! += 1;
  expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  expect([0, 1, 2, 9999].map((i) => dataset.label!(i))).toEqual([7, 2, 1, 6]);
  const points = new Float32Array(2 * 784);
  await dataset.read([1, 0], points);
  const raw = readFileSync(join(locateFamily(mnist, 'test').found!, 't10k-images-idx3-ubyte')).subarray(16);
  expect([...points.subarray(784)]).toEqual([...raw.subarray(0, 784)].map((pixel) => Math.fround(pixel / 255)));
  expect([...points.subarray(0, 784)]).toEqual([...raw.subarray(784, 1568)].map((pixel) => Math.fround(pixel / 255)));
});

test('the training set is another data set', async () => {
  const [train, testSet] = await Promise.all([openDataset('mnist-train'), openDataset('mnist')]);
  expect(train.length).toBe(60_000);
  expect([0, 1, 2].map((i) => train.label!(i))).toEqual([5, 0, 4]);
  expect(train.sha256).not.toBe(testSet.sha256);
});

test.each([
  ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1), /t10k-images-idx3-ubyte is truncated/],
  [
    'altered',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 5000), Buffer.from([1]), bytes.subarray(5001)]),
    /t10k-images-idx3-ubyte is altered/,
  ],
  ['not IDX', () => Buffer.from('hello there'), /t10k-images-idx3-ubyte is not an IDX file/],
])('a file in a data folder comes first, and is refused when %s', async (_, damage, message) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'mnist'));
  const source = locateFamily(mnist, 'test').found!;
  for (const file of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) {
    copyFileSync(join(source, file), join(folder, 'mnist', file));
  }
  const env = { APPROXIFER_DATA: folder };
  expect(locateFamily(mnist, 'test', env).found).toBe(join(folder, 'mnist'));
  const images = join(folder, 'mnist', 't10k-images-idx3-ubyte');
  writeFileSync(images, damage(readFileSync(images)));
  await expect(openDataset('mnist', { env })).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(message),
  });
});

test('IDX files of the user, gzipped or not, relative to the config', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x'), idx([2, 1, 3], [0, 51, 255, 1, 2, 3]));
  writeFileSync(join(folder, 'y.gz'), gzipSync(idx([2], [4, 9])));
  const dataset = await openDataset({ idx: 'x', labels: 'y.gz' }, { folder });
  expect(dataset.shape).toEqual([1, 1, 3]);
  expect([dataset.label!(0), dataset.label!(1)]).toEqual([4, 9]);
  const out = new Float32Array(3);
  await dataset.read([0], out);
  expect([...out]).toEqual([0, Math.fround(0.2), 1]);

  writeFileSync(join(folder, 'three'), idx([3], [1, 2, 3]));
  await expect(openDataset({ idx: 'x', labels: 'three' }, { folder })).rejects.toThrow(/3 labels for the 2 images/);
  await expect(openDataset({ idx: 'x', labels: 'x' }, { folder })).rejects.toThrow(/holds no labels/);
  writeFileSync(join(folder, 'cut.gz'), gzipSync(idx([2], [4, 9])).subarray(0, 12));
  await expect(openDataset({ idx: 'x', labels: 'cut.gz' }, { folder })).rejects.toThrow(/cut\.gz is damaged/);
});

test('only bytes are read, and the header must be whole', () => {
  expect(() => parseIdx(Buffer.from([0, 0, 0x0d, 1, 0, 0, 0, 0]), 'f')).toThrow(/type 0xd/);
  expect(() => parseIdx(Buffer.from([0, 0, 8, 3, 0, 0]), 'f')).toThrow(/f is truncated/);
  expect(() => parseIdx(Buffer.concat([idx([1], [1]), Buffer.from([0])]), 'f')).toThrow(/f is too long/);
});

test('an unknown name is refused with the nearest one', async () => {
  await expect(openDataset('minst')).rejects.toThrow('unknown dataset "minst"; did you mean "mnist"?');
  await expect(openDataset('something-else')).rejects.toThrow(/known: mnist/);
});

test('a name in another case, and a file in the place of a name, are met with what is meant', async () => {
  await expect(openDataset('MNIST')).rejects.toThrow(/did you mean ['"]mnist['"]\?/);
  await expect(openDataset('CIFAR-10')).rejects.toThrow(/did you mean ['"]cifar10['"]\?/);
  await expect(openDataset('my/x.npy')).rejects.toThrow('files are written {npy: my/x.npy, labels: …}');
  await expect(openDataset('images/val')).rejects.toThrow('files are written {imagefolder: images/val}');
});

test('IDX images without labels', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x'), idx([2, 1, 3], [0, 51, 255, 1, 2, 3]));
  const dataset = await openDataset({ idx: './x' }, { folder });
  expect([dataset.name, dataset.length, dataset.label]).toEqual(['x', 2, undefined]);
});
