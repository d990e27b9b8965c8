import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDataset } from '../../src/datasets/registry.ts';
import { openModel } from '../../src/models/registry.ts';
import { openTfjs } from '../../src/models/tfjs.ts';
import { dataEnv, dataFolder } from '../helpers/data.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const kernel = Float32Array.of(1, -1, 2, 0.5, 0, 3); // [3, 2]
const bias = Float32Array.of(10, 20);

/** Layers model: [3] -> dense softmax of 2. */
function layersModel(folder: string): string {
  const layer = (class_name: string, config: object) => ({ class_name, config });
  const modelTopology = {
    class_name: 'Sequential',
    config: {
      name: 's',
      layers: [
        layer('Dense', { name: 'd', units: 2, activation: 'softmax', use_bias: true, batch_input_shape: [null, 3] }),
      ],
    },
  };
  const weights = [
    { name: 'd/kernel', shape: [3, 2], dtype: 'float32' },
    { name: 'd/bias', shape: [2], dtype: 'float32' },
  ];
  writeFileSync(join(folder, 'weights.bin'), Buffer.concat([Buffer.from(kernel.buffer), Buffer.from(bias.buffer)]));
  return writeModel(folder, { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights }] });
}

function writeModel(folder: string, model: object): string {
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify(model));
  return path;
}

test('a layers model gives logits: its last softmax is taken off', async () => {
  const folder = temporaryFolder();
  const model = await openTfjs(layersModel(folder), 'dense');
  expect(model.runtime).toMatch(/^tfjs-(wasm|node) 4\./);
  expect([model.inputShape, model.outputs]).toEqual([[3], 2]);
  expect([...(await model.infer(Float32Array.of(1, 0, 0, 1, 1, 1), 2))]).toEqual([11, 19, 13, 22.5]);
  await model.dispose();
});

test('a graph model is run', async () => {
  const folder = temporaryFolder();
  const float = { type: 'DT_FLOAT' };
  const shape = (...dims: number[]) => ({ shape: { dim: dims.map((size) => ({ size: `${size}` })) } });
  const modelTopology = {
    node: [
      { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: shape(-1, 3) } },
      {
        name: 'w',
        op: 'Const',
        attr: { dtype: float, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: shape(3, 2).shape } } },
      },
      {
        name: 'y',
        op: 'MatMul',
        input: ['x', 'w'],
        attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } },
      },
    ],
    library: {},
    versions: { producer: 1 },
  };
  writeFileSync(join(folder, 'w.bin'), Buffer.from(kernel.buffer));
  const weights = [{ name: 'w', shape: [3, 2], dtype: 'float32' }];
  const path = writeModel(folder, {
    format: 'graph-model',
    modelTopology,
    weightsManifest: [{ paths: ['w.bin'], weights }],
  });
  const model = await openModel({ tfjs: path });
  expect([...(await model.infer(Float32Array.of(1, 0, 0, 1, 1, 1), 2))]).toEqual([1, -1, 3, 2.5]);
  await model.dispose();
});

test('missing, altered, cut and outside files are refused in one line', async () => {
  const folder = temporaryFolder();
  const path = layersModel(folder);
  const digest = (await openTfjs(path, 'dense')).sha256;
  const cut = Buffer.concat([Buffer.from(kernel.buffer), Buffer.from(bias.buffer)]).subarray(0, 20);
  writeFileSync(join(folder, 'weights.bin'), cut);
  await expect(openTfjs(path, 'dense', { expected: digest })).rejects.toThrow(/is altered: SHA-256/);
  await expect(openTfjs(path, 'dense')).rejects.toThrow(/model\.json cannot be loaded/);
  await expect(openTfjs(join(folder, 'no.json'), 'x')).rejects.toThrow(/no\.json cannot be read: no such file/);
  const text = join(folder, 'text.json');
  writeFileSync(text, 'not json');
  await expect(openTfjs(text, 'x')).rejects.toThrow(/text\.json is not JSON/);
  for (const json of ['{}', 'null', '{"modelTopology": {}, "weightsManifest": [{"weights": []}]}']) {
    writeFileSync(text, json);
    await expect(openTfjs(text, 'x')).rejects.toThrow(/is not a TensorFlow\.js model\.json/);
  }
  mkdirSync(join(folder, 'inner'));
  const outside = writeModel(join(folder, 'inner'), {
    modelTopology: {},
    weightsManifest: [{ paths: ['../weights.bin'], weights: [] }],
  });
  await expect(openTfjs(outside, 'x')).rejects.toThrow('names a weight file outside its folder: ../weights.bin');
});

test('a layer whose input no layer gives is refused: TensorFlow.js would look for it for ever', async () => {
  const layer = (class_name: string, name: string, config: object, inbound_nodes: unknown[]) => ({
    class_name,
    name,
    config: { name, ...config },
    inbound_nodes,
  });
  const write = (folder: string, from: [string, number, number], second = 'b') =>
    writeModel(folder, {
      modelTopology: {
        class_name: 'Model',
        config: {
          name: 'm',
          layers: [
            // out of order, which is allowed
            layer('Activation', second, { activation: 'linear' }, [[[...from, {}]]]),
            layer('Activation', 'a', { activation: 'relu' }, [[['x', 0, 0, {}]]]),
            layer('InputLayer', 'x', { batch_input_shape: [null, 3], dtype: 'float32', sparse: false }, []),
          ],
          input_layers: [['x', 0, 0]],
          output_layers: [[second, 0, 0]],
        },
      },
      weightsManifest: [{ paths: [], weights: [] }],
    });
  const model = await openTfjs(write(temporaryFolder(), ['a', 0, 0]), 'm');
  expect([...(await model.infer(Float32Array.of(1, 2, 3), 1))]).toEqual([1, 2, 3]);
  const refused = (from: [string, number, number], second?: string) =>
    expect(openTfjs(write(temporaryFolder(), from, second), 'm')).rejects;
  await refused(['c', 0, 0]).toThrow(/model\.json has no input for its layer b/);
  await refused(['a', 1, 0]).toThrow(/model\.json has no input for its layer b/);
  await refused(['b', 0, 0]).toThrow(/model\.json has no input for its layer b/);
  await refused(['x', 0, 0], 'a').toThrow(/model\.json has two layers named a/);
});

describe.skipIf(!dataFolder)('with MobileNet in both formats', () => {
  test('ONNX Runtime and TensorFlow.js give the same logits', async () => {
    const context = { env: dataEnv };
    const dataset = await openDataset('imagenet-samples', context);
    const points = new Float32Array(2 * 3 * 224 * 224);
    await dataset.read([10, 500], points);
    const logits = [];
    for (const name of ['mobilenet-imagenet', 'mobilenet-imagenet-tfjs']) {
      const model = await openModel(name, context);
      logits.push(Array.from(await model.infer(points, 2)));
      await model.dispose();
    }
    const [onnx, tfjs] = logits as [number[], number[]];
    const largest = Math.max(...onnx.map(Math.abs));
    const difference = Math.max(...onnx.map((value, i) => Math.abs(value - tfjs[i]!)));
    expect(difference / largest).toBeLessThan(1e-5);
  });
});
