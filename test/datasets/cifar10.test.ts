import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cifar10Folder } from '../../src/datasets/cifar10.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { dataEnv, dataFolder } from '../helpers/data.ts';
import { temporaryFolder } from '../helpers/folder.ts';

describe.skipIf(!dataFolder)('with the CIFAR-10 test set', () => {
  const source = join(dataFolder ?? '', cifar10Folder, 'test_batch.bin');

  test('labels and planes are those of the official layout', async () => {
    const dataset = await openDataset('cifar10', { env: dataEnv });
    expect([dataset.length, ...dataset.shape]).toEqual([10_000, 3, 32, 32]);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < dataset.length; i++) counts[dataset.label!(i)]! += 1;
    expect(counts).toEqual(Array.from({ length: 10 }, () => 1000));
    const raw = readFileSync(source);
    const out = new Float32Array(2 * 3072);
    await dataset.read([9999, 3], out);
    for (const [place, index] of [9999, 3].entries()) {
      const pixels = raw.subarray(index * 3073 + 1, (index + 1) * 3073);
      expect(out.subarray(place * 3072, (place + 1) * 3072)).toEqual(Float32Array.from(pixels, (pixel) => pixel / 255));
    }
  });

  test('a folder of the config is used, and an altered file is named', async () => {
    const folder = temporaryFolder();
    copyFileSync(source, join(folder, 'test_batch.bin'));
    expect((await openDataset({ cifar10: '.' }, { folder })).length).toBe(10_000);
    const bytes = readFileSync(source);
    bytes[12345]! ^= 4;
    writeFileSync(join(folder, 'test_batch.bin'), bytes);
    await expect(openDataset({ cifar10: '.' }, { folder })).rejects.toThrow(/test_batch\.bin is altered/);
  });
});

test('a truncated file is named, and a missing set says how to get it', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, cifar10Folder), { recursive: true });
  writeFileSync(join(folder, cifar10Folder, 'test_batch.bin'), Buffer.alloc(3073));
  const env = { APPROXIFER_DATA: folder, HOME: folder };
  await expect(openDataset('cifar10', { env })).rejects.toThrow(/test_batch\.bin is truncated: 3073 bytes/);
  await expect(openDataset('cifar10-train', { env })).rejects.toThrow(/'approxifer datasets pull cifar10'/);
  await expect(openDataset('imagenet-samples', { env })).rejects.toThrow(/'approxifer datasets pull imagenet-samples'/);
});
