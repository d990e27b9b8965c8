import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { architectures } from '../../src/models/import/architectures.ts';
import { mobilenet } from '../../src/models/import/mobilenet.ts';
import { encodeOnnx } from '../../src/models/import/onnx-file.ts';
import { weightsOf } from '../../src/models/import/weights.ts';
import { openOnnx } from '../../src/models/onnx.ts';
import { modelSources, pullModel } from '../../src/models/pull.ts';
import { models, openModel } from '../../src/models/registry.ts';
import { readTfjsFiles, tfjsTensors } from '../../src/models/tfjs-files.ts';
import { sha256 } from '../../src/util/files.ts';
import { dataEnv, dataFolder } from '../helpers/data.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { serve } from '../helpers/server.ts';

const quick = { pause: 1, attempts: 2 };
const checkpoint = readFileSync(fileURLToPath(new URL('import/golden/repvgg.pth', import.meta.url)));

test('every model is packaged or has a source whose architecture is known', () => {
  for (const { name, packaged } of models.entries) {
    const source = modelSources[name];
    expect(source !== undefined, name).toBe(!packaged);
    if (source && 'checkpoint' in source) expect(() => architectures.get(source.architecture)).not.toThrow();
  }
});

test('a checkpoint is verified, turned into ONNX and recorded; opening checks the record', async () => {
  const { url, seen } = await serve((_, response) => response.end(checkpoint));
  const folder = temporaryFolder();
  const source = { checkpoint: url, architecture: 'repvgg', sha256: sha256(checkpoint).slice(0, 8) };
  expect(await pullModel('repvgg-a2-cifar10', folder, quick, source)).toMatch(/verified by [0-9a-f]{8}…/);
  const path = join(folder, models.get('repvgg-a2-cifar10').file);
  expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual({
    source: url,
    sourceSha256: sha256(checkpoint),
    sha256: sha256(readFileSync(path)),
  });
  const env = { APPROXIFER_DATA: folder };
  const model = await openModel('repvgg-a2-cifar10', { env });
  expect(model.inputShape).toEqual([3, 32, 32]);
  await model.dispose();
  expect(await pullModel('repvgg-a2-cifar10', folder, quick, source)).toMatch(/already in/);
  expect(seen.length).toBe(1);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  await expect(openModel('repvgg-a2-cifar10', { env })).rejects.toThrow(/cifar10-repvgg-a2\.onnx is altered/);
});

test('a broken model.json leaves nothing, and is fetched anew', async () => {
  const { url, seen } = await serve((_, response) => response.end('no json'));
  const folder = temporaryFolder();
  const source = { tfjs: url.replace(/file$/, 'model.json'), sha256: models.get('mobilenet-imagenet-tfjs').sha256! };
  for (const requests of [1, 2]) {
    await expect(pullModel('mobilenet-imagenet', folder, quick, source)).rejects.toThrow(
      /should be: unreadable, expected/,
    );
    expect(seen.length).toBe(requests);
  }
});

test('names in a model.json that are no files beside it are not fetched', async () => {
  for (const paths of [['..'], [''], [7], ['http:evil'], ['a?b'], ['a/b'], Array(1000).fill('a')]) {
    const { url, seen } = await serve((_, response) => response.end(JSON.stringify({ weightsManifest: [{ paths }] })));
    const source = { tfjs: url.replace(/file$/, 'model.json'), sha256: '00' };
    const folder = temporaryFolder();
    await expect(pullModel('mobilenet-imagenet', folder, quick, source)).rejects.toThrow(/should be: unreadable/);
    expect([paths, seen.length, readdirSync(join(folder, 'checkpoints'))]).toEqual([paths, 1, []]);
  }
});

test('a checkpoint with another digest, or of another network, leaves no model', async () => {
  const { url } = await serve((_, response) => response.end(checkpoint));
  const folder = temporaryFolder();
  const pull = (source: { architecture: string; sha256?: string }) =>
    pullModel('repvgg-a2-cifar10', folder, quick, { checkpoint: url, ...source });
  await expect(pull({ architecture: 'repvgg', sha256: '00000000' })).rejects.toThrow(/expected 00000000…/);
  await expect(pull({ architecture: 'resnet20' })).rejects.toThrow(/the checkpoint is no resnet20/);
  expect(existsSync(join(folder, 'models', 'cifar10-repvgg-a2.onnx'))).toBe(false);
  expect(await pull({ architecture: 'repvgg' })).toMatch(/no digest is published; recorded [0-9a-f]{64}/);
});

describe.skipIf(!dataFolder)('with the published MobileNet', () => {
  const published = () => join(dataFolder!, 'models', 'tfjs-mobilenet');

  test('the ONNX file built from the TensorFlow.js weights computes what the reference file computes', async () => {
    const weights = weightsOf(tfjsTensors(await readTfjsFiles(join(published(), 'model.json'))), 'mobilenet');
    const path = join(temporaryFolder(), 'mobilenet.onnx');
    writeFileSync(path, await encodeOnnx(mobilenet(weights)));
    weights.finish();
    const built = await openOnnx(path, 'built');
    const reference = await openModel('mobilenet-imagenet', { env: dataEnv });
    const points = Float32Array.from(
      { length: 2 * 3 * 224 * 224 },
      (_, i) => 0.5 + 0.5 * Math.sin(i * 0.013 + (i >> 9)),
    );
    const expected = [...(await reference.infer(points, 2))];
    const actual = await built.infer(points, 2);
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
    expect(difference / largest).toBeLessThan(1e-5);
    await Promise.all([built.dispose(), reference.dispose()]);
  });

  test('model.json and its weight files are fetched and verified as a whole', async () => {
    let damage = true;
    const { url } = await serve((request, response) => {
      const bytes = readFileSync(join(published(), request.url!.split('/').pop()!));
      if (damage && request.url!.includes('group1-')) bytes[5]! ^= 1;
      response.end(bytes);
    });
    const source = { tfjs: url.replace(/file$/, 'model.json'), sha256: models.get('mobilenet-imagenet-tfjs').sha256! };
    const folder = temporaryFolder();
    const pull = () => pullModel('mobilenet-imagenet-tfjs', folder, quick, source);
    await expect(pull()).rejects.toThrow(/are not what they should be: SHA-256 .* nothing of them was kept/);
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual([]);
    damage = false;
    expect(await pull()).toMatch(/verified/);
    expect(existsSync(join(folder, 'models', 'tfjs-mobilenet', 'model.json'))).toBe(true);
    expect(await pull()).toMatch(/already in/);
  });
});
