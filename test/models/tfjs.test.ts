import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  writeFileSync(join(folder, 'weights.bin'), Buffer.alloc(32));
  await expect(openTfjs(path, 'dense', { expected: digest })).rejects.toThrow(/is altered: SHA-256/);
  writeFileSync(join(folder, 'weights.bin'), cut);
  await expect(openTfjs(path, 'dense')).rejects.toThrow(/model\.json cannot be loaded/);
  await expect(openTfjs(join(folder, 'no.json'), 'x')).rejects.toThrow(/no\.json cannot be read: no such file/);
  const text = join(folder, 'text.json');
  writeFileSync(text, 'not json');
  await expect(openTfjs(text, 'x')).rejects.toThrow(/text\.json cannot be read: it is not JSON/);
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

/** Logits [3] -> [2] of `kernel` and `bias`, with layers after them, in the forms that Keras and TensorFlow.js write. */
describe('a softmax at the end is taken off', () => {
  const dense = (activation: unknown = 'linear') => ['Dense', 'd', { units: 2, activation, use_bias: true }] as const;
  const softmax = ['Softmax', 's', { axis: -1 }] as const;
  type Described = readonly [class_name: string, name: string, config: object];

  const sequential = (layers: readonly Described[], name = 'm') => {
    const [[first, firstName, config], ...rest] = layers as [Described, ...Described[]];
    const shaped: Described[] = [[first, firstName, { ...config, batch_input_shape: [null, 3] }], ...rest];
    return {
      class_name: 'Sequential',
      config: {
        name,
        layers: shaped.map(([class_name, own, more]) => ({ class_name, config: { name: own, ...more } })),
      },
    };
  };
  const functional = (
    layers: readonly Described[],
    inbound: Record<string, [string, number][]> = {},
    output?: unknown,
  ) => {
    const input: Described = ['InputLayer', 'x', { batch_input_shape: [null, 3], dtype: 'float32', sparse: false }];
    const names = ['x', ...layers.map(([, name]) => name)];
    return {
      class_name: 'Functional',
      config: {
        name: 'f',
        layers: [input, ...layers].map(([class_name, name, config], i) => ({
          class_name,
          name,
          config: { name, ...config },
          inbound_nodes:
            i === 0 ? [] : [(inbound[name] ?? [[names[i - 1]!, 0]]).map(([from, call]) => [from, call, 0, {}])],
        })),
        input_layers: [['x', 0, 0]],
        output_layers: output ?? [[names.at(-1)!, 0, 0]],
      },
    };
  };
  const nested = (class_name: string, config: object): Described => [class_name, 'inner', { ...config, name: 'inner' }];

  const open = async (modelTopology: object, prefix = '') => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'w.bin'), Buffer.concat([Buffer.from(kernel.buffer), Buffer.from(bias.buffer)]));
    const weights = [
      { name: `${prefix}d/kernel`, shape: [3, 2], dtype: 'float32' },
      { name: `${prefix}d/bias`, shape: [2], dtype: 'float32' },
    ];
    return openTfjs(writeModel(folder, { modelTopology, weightsManifest: [{ paths: ['w.bin'], weights }] }), 'm');
  };
  const answers = async (modelTopology: object) => {
    const model = await open(modelTopology);
    const values = [...(await model.infer(Float32Array.of(1, 0, 0), 1))];
    await model.dispose();
    return values;
  };

  test.each([
    ['an activation', sequential([dense('softmax')])],
    ['an activation that is described as an object', sequential([dense({ class_name: 'softmax', config: {} })])],
    ['an Activation layer', sequential([dense(), ['Activation', 'a', { activation: 'softmax' }]])],
    ['a Softmax layer', sequential([dense(), softmax])],
    ['one before a reshape', sequential([dense('softmax'), ['Reshape', 'r', { target_shape: [2] }]])],
    [
      'one before noise, and before nothing',
      sequential([
        dense('softmax'),
        ['GaussianNoise', 'g', { stddev: 1 }],
        ['Activation', 'a', { activation: 'linear' }],
      ]),
    ],
    ['a Softmax layer whose axis is a list', sequential([dense(), ['Softmax', 's', { axis: [-1] }]])],
    ['of a functional model', functional([dense(), softmax])],
    ['of a functional model, before dropout', functional([dense('softmax'), ['Dropout', 'o', { rate: 0.5 }]])],
    ['of a sequential model inside', sequential([nested('Sequential', sequential([dense(), softmax]).config)])],
    ['of a functional model inside', sequential([nested('Functional', functional([dense('softmax')]).config)])],
    [
      'of a sequential model in a functional one',
      functional([nested('Sequential', sequential([dense('softmax')]).config)], {}, [['inner', 1, 0]]),
    ],
    [
      'after a model inside',
      functional([nested('Sequential', sequential([dense()]).config), ['Softmax', 's', {}]], { s: [['inner', 1]] }),
    ],
    ['of a topology that Keras wraps', { model_config: sequential([dense('softmax')]), keras_version: '2.11.0' }],
  ])('%s', async (_, topology) => {
    expect(await answers(topology)).toEqual([11, 19]);
  });

  test('by the name of the output, not by the place in the list', async () => {
    // listed last, used first
    const swapped = functional(
      [['Activation', 'last', { activation: 'softmax' }], dense()],
      { last: [['d', 0]], d: [['x', 0]] },
      [['last', 0, 0]],
    );
    expect(await answers(swapped)).toEqual([11, 19]);
  });

  test('one whose answer is used inside too stays', async () => {
    const gate = functional([dense('softmax'), ['Multiply', 'gated', {}]], {
      gated: [
        ['d', 0],
        ['d', 0],
      ],
    });
    const sum = (await answers(gate)).reduce((total, value) => total + Math.sqrt(value), 0);
    expect(sum).toBeCloseTo(1, 5);
  });
});

test('a model of fixed batch size is run in calls of that size', async () => {
  const folder = temporaryFolder();
  const path = layersModel(folder);
  writeFileSync(path, readFileSync(path, 'utf8').replace('[null,3]', '[2,3]'));
  const model = await openTfjs(path, 'dense');
  const points = Float32Array.of(1, 0, 0, 1, 1, 1, 1, 0, 0);
  expect([...(await model.infer(points, 3))]).toEqual([11, 19, 13, 22.5, 11, 19]);
  await model.dispose();
});

test('every weight file is in the digest, and none may have other bytes than are described', async () => {
  const folder = temporaryFolder();
  const path = layersModel(folder);
  const json = JSON.parse(readFileSync(path, 'utf8'));
  json.weightsManifest[0].paths = ['a.bin', 'b.bin'];
  writeFileSync(path, JSON.stringify(json));
  writeFileSync(join(folder, 'a.bin'), Buffer.from(kernel.buffer));
  const open = async (second: Buffer) => {
    writeFileSync(join(folder, 'b.bin'), second);
    const model = await openTfjs(path, 'dense');
    await model.dispose();
    return model.sha256;
  };
  const digest = await open(Buffer.from(bias.buffer));
  expect(await open(Buffer.from(Float32Array.of(10, 21).buffer))).not.toBe(digest);
  await expect(open(Buffer.alloc(12))).rejects.toThrow(
    /model\.json cannot be loaded: its weight files have 36 bytes, it describes 32$/,
  );
  json.weightsManifest[0].weights.push(json.weightsManifest[0].weights[1]);
  writeFileSync(path, JSON.stringify(json));
  await expect(open(Buffer.alloc(16))).rejects.toThrow(/describes its weight d\/bias twice$/);
  json.weightsManifest[0].weights.pop();
  json.weightsManifest[0].paths = new Array(1e5).fill('a.bin');
  writeFileSync(path, JSON.stringify(json));
  await expect(open(Buffer.alloc(8))).rejects.toThrow(/its weight files have 2400000 bytes, it describes 32$/);
});

test('a model.json nested 200,000 deep is refused at once', async () => {
  const path = join(temporaryFolder(), 'model.json');
  for (const [open, close] of [
    ['[', ']'],
    ['{"config":', '}'],
  ] as const) {
    const deep = `${open.repeat(200_000)}1${close.repeat(200_000)}`;
    writeFileSync(path, `{"modelTopology": {"config": ${deep}}, "weightsManifest": []}`);
    const start = performance.now();
    await expect(openTfjs(path, 'x')).rejects.toThrow(
      /model\.json cannot be read: it is nested more than 200 levels deep$/,
    );
    expect(performance.now() - start).toBeLessThan(2000);
  }
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
