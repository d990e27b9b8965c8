import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeOnnx } from '../../src/models/import/onnx-file.ts';
import { openOnnx } from '../../src/models/onnx.ts';
import { onnxModelType } from '../../src/models/onnx-messages.ts';
import { checkFits, openModel } from '../../src/models/registry.ts';
import { sha256 } from '../../src/util/files.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { furtherOutput, linearGraph, writeOnnx, writeOnnxWith } from '../helpers/onnx.ts';

const weights = [1, -1, 2, 0.5, 0, 3, 1, 1];

test('a model is read with its contract and infers a batch', async () => {
  const path = await writeOnnx(join(temporaryFolder(), 'linear.onnx'), linearGraph([1, 2, 2], 2, weights));
  const model = await openOnnx(path, 'linear');
  expect(model.inputShape).toEqual([1, 2, 2]);
  expect(model.outputs).toBe(2);
  expect(model.runtime).toMatch(/^onnxruntime-node \d/);
  const points = new Float32Array([1, 0, 0, 0, 0, 1, 2, 0, 9, 9, 9, 9]);
  expect([...(await model.infer(points, 2))]).toEqual([1, -1, 2, 6.5]);
  await model.dispose();
});

test('the digest is that of the file, and another digest is refused', async () => {
  const folder = temporaryFolder();
  const bytes = await encodeOnnx(linearGraph([1, 2, 2], 2, weights));
  const path = join(folder, 'linear.onnx');
  writeFileSync(path, bytes);
  const model = await openOnnx(path, 'linear', { expected: sha256(bytes) });
  expect(model.sha256).toBe(sha256(bytes));
  await model.dispose();
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(path, bytes);
  await expect(openOnnx(path, 'linear', { expected: model.sha256 })).rejects.toThrow(
    /linear\.onnx is altered: SHA-256/,
  );
});

test('large batches are split without a change of the answers', async () => {
  const size = 3 * 224 * 224;
  const path = await writeOnnx(
    join(temporaryFolder(), 'wide.onnx'),
    linearGraph([3, 224, 224], 1, new Float32Array(size).fill(1 / size)),
  );
  const model = await openOnnx(path, 'wide');
  const count = 35;
  const points = new Float32Array(count * size);
  for (let i = 0; i < count; i++) points.fill(i, i * size, (i + 1) * size);
  const answers = await model.infer(points, count);
  expect(answers.length).toBe(count);
  answers.forEach((answer, i) => {
    expect(answer).toBeCloseTo(i, 3);
  });
  await model.dispose();
});

test.each([
  ['missing', undefined, /missing\.onnx cannot be read: no such file/],
  ['text', Buffer.from('this is no model'), /text\.onnx is not an ONNX file/],
  ['empty', Buffer.alloc(0), /empty\.onnx is not an ONNX file/],
])('%s: refused in one line that names the file', async (name, bytes, message) => {
  const path = join(temporaryFolder(), `${name}.onnx`);
  if (bytes) writeFileSync(path, bytes);
  const error = await openOnnx(path, name).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
  expect((error as Error).message).not.toContain('\n');
});

test('a truncated file is refused', async () => {
  const bytes = await encodeOnnx(linearGraph([1, 2, 2], 2, weights));
  const path = join(temporaryFolder(), 'cut.onnx');
  writeFileSync(path, bytes.subarray(0, bytes.length - 20));
  await expect(openOnnx(path, 'cut')).rejects.toThrow(/cut\.onnx is not an ONNX file/);
});

test.each([1, 2, 5])('a graph of fixed batch size %i is run in calls of that size', async (batch) => {
  const linear = linearGraph([1, 2, 2], 2, weights);
  const fixed = {
    ...linear,
    input: { ...linear.input, shape: [batch, 1, 2, 2] },
    output: { name: 'logits', shape: [batch, 2] },
  };
  const model = await openOnnx(await writeOnnx(join(temporaryFolder(), 'f.onnx'), fixed), 'f');
  expect([model.inputShape, model.outputs]).toEqual([[1, 2, 2], 2]);
  const points = new Float32Array([1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1]);
  expect([...(await model.infer(points, 3))]).toEqual([1, -1, 2, 6.5, 1, 1]);
  expect([...(await model.infer(points, 1))]).toEqual([1, -1]);
  await model.dispose();
});

test('one of several outputs is chosen by name', async () => {
  const graph = linearGraph([2], 2, [1, 0, 0, 1]);
  const twice = { operator: 'Add', inputs: ['logits', 'logits'], outputs: ['twice'], attributes: {} };
  const folder = temporaryFolder();
  await writeOnnxWith(join(folder, 'two.onnx'), { ...graph, nodes: [...graph.nodes, twice] }, [
    furtherOutput('twice', 2),
  ]);
  const open = (more: object) => openModel({ onnx: 'two.onnx', ...more }, { folder });
  for (const [outputName, answer] of [
    ['logits', [3, 4]],
    ['twice', [6, 8]],
  ] as const) {
    const model = await open({ outputName });
    expect([...(await model.infer(Float32Array.of(3, 4), 1))]).toEqual(answer);
    await model.dispose();
  }
  await expect(open({})).rejects.toThrow(
    /two\.onnx has the outputs logits, twice; choose one, as in \{onnx: …, outputName: logits\}/,
  );
  await expect(open({ outputName: 'twise' })).rejects.toThrow(/has no output 'twise': did you mean 'twice'\?/);
  await expect(open({ outputName: 'features' })).rejects.toThrow(/has no output 'features'; it has logits, twice/);
});

test('what ONNX Runtime says of versions is kept, in one line without its source code', async () => {
  const bytes = Buffer.from(await encodeOnnx(linearGraph([1, 2, 2], 2, weights)));
  const folder = temporaryFolder();
  const refused = async (change: (bytes: Buffer) => Buffer): Promise<string> => {
    const path = join(folder, 'new.onnx');
    writeFileSync(path, change(Buffer.from(bytes)));
    return ((await openOnnx(path, 'new').catch((reason: Error) => reason)) as Error).message;
  };
  // later fields replace earlier ones; opset_import is a list
  const ir = await refused((old) => Buffer.concat([old, Buffer.from([0x08, 99])]));
  expect(ir).toMatch(
    /new\.onnx is not an ONNX file that ONNX Runtime can load: Unsupported model IR version: 99, max supported IR version: \d+$/,
  );
  const opset = await refused((old) => {
    old[old.lastIndexOf(Buffer.from([0x10, 17])) + 1] = 99;
    return old;
  });
  expect(opset).toMatch(/official support for domain ai\.onnx is till opset \d+\.$/);
  expect(opset).not.toMatch(/onnxruntime_src|\n/);
  expect(opset.length).toBeLessThan(500);
});

test('a free image size and a second axis too many are refused', async () => {
  const folder = temporaryFolder();
  const linear = linearGraph([1, 2, 2], 2, weights);
  const free = { ...linear, input: { ...linear.input, shape: ['n', 1, 'h', 'w'] } };
  await expect(openOnnx(await writeOnnx(join(folder, 'h.onnx'), free), 'h')).rejects.toThrow(/all axes but the first/);
  const image = {
    ...linear,
    nodes: [{ operator: 'Relu', inputs: ['input'], outputs: ['logits'], attributes: {} }],
    output: { name: 'logits', shape: ['n', 1, 2, 2] },
    constants: [],
  };
  await expect(openOnnx(await writeOnnx(join(folder, 'o.onnx'), image), 'o')).rejects.toThrow(/not \[n, m\]/);
});

test('openModel takes paths relative to the config and checks registry names', async () => {
  const folder = temporaryFolder();
  await writeOnnx(join(folder, 'mine.onnx'), linearGraph([1, 2, 2], 2, weights));
  const model = await openModel({ onnx: 'mine.onnx' }, { folder });
  expect(model.name).toBe('mine');
  await model.dispose();
  await expect(openModel('lenet5-minst')).rejects.toThrow('unknown model "lenet5-minst"; did you mean "lenet5-mnist"?');
  await expect(openModel('LeNet5-MNIST')).rejects.toThrow('did you mean "lenet5-mnist"?');
  await expect(openModel('my.onnx')).rejects.toThrow(
    "'my.onnx' is no name of a model; a file is written {onnx: my.onnx}",
  );
  await expect(openModel('a/model.json')).rejects.toThrow('a file is written {tfjs: a/model.json}');
});

test('input: layout, range, mean and std are applied before the model', async () => {
  const folder = temporaryFolder();
  // channels last: weights pick the first channel of the first pixel and the second channel of the last
  const identity = Array.from({ length: 8 * 8 }, (_, i) => (i % 9 === 0 ? 1 : 0));
  await writeOnnx(join(folder, 'last.onnx'), linearGraph([2, 2, 2], 8, identity));
  const input = { layout: 'nhwc', range: [-1, 1], mean: [0, 0.5], std: [1, 2] } as const;
  const model = await openModel(
    { onnx: 'last.onnx', input: { ...input, range: [-1, 1], mean: [0, 0.5], std: [1, 2] } },
    { folder },
  );
  expect(model.inputShape).toEqual([2, 2, 2]);
  const points = new Float32Array([0, 0.25, 0.5, 1, 0, 0.25, 0.5, 1]);
  const red = [-1, -0.5, 0, 1];
  const green = red.map((value) => (value - 0.5) / 2);
  expect([...(await model.infer(points, 1))]).toEqual(red.flatMap((value, i) => [value, green[i]!]));
  await model.dispose();
  await expect(openModel({ onnx: 'last.onnx', input: { mean: [1, 2, 3] } }, { folder })).rejects.toThrow(
    /mean has 3 values for 2 channels/,
  );
});

test('a model and a data set of other shapes do not fit', () => {
  const model = { name: 'a', inputShape: [1, 28, 28] };
  expect(() => checkFits(model, { name: 'b', shape: [1, 28, 28] })).not.toThrow();
  expect(() => checkFits(model, { name: 'b', shape: [3, 32, 32] })).toThrow(
    'model a takes points of shape [1,28,28], dataset b has [3,32,32]',
  );
  const flat = { name: 'a', inputShape: [784] };
  expect(() => checkFits(flat, { name: 'b', shape: [1, 28, 28] })).not.toThrow();
  expect(() => checkFits(flat, { name: 'b', shape: [3, 28, 28] })).toThrow('takes points of shape [784]');
  const last = { name: 'a', inputShape: [28, 28, 1] };
  expect(() => checkFits(last, { name: 'b', shape: [1, 28, 28] })).toThrow('give it input: {layout: nhwc}');
  // what layout: nhwc makes of a file with channels first
  expect(() => checkFits({ name: 'a', inputShape: [28, 1, 28] }, { name: 'b', shape: [1, 28, 28] })).toThrow(
    'leave layout out',
  );
});

test.each([
  ['input', 11, /input must be float32, it is float64; export it in single precision, such as model\.float\(\)/],
  ['output', 11, /output logits must be float32, it is float64; export it in single precision/],
  ['output', 7, /output logits must be float32, it is int64; these may be classes: choose the output of the logits/],
  ['input', 7, /input must be float32, it is int64; export it with a Cast at its input/],
] as const)('%s of type %i is refused with the cure', async (which, type, message) => {
  const path = join(temporaryFolder(), 'm.onnx');
  const info = (name: string, elemType: number) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'n' }, { dimValue: 2 }] } } },
  });
  const [from, to] = which === 'input' ? [type, 1] : [1, type];
  const node = { opType: 'Cast', input: ['input'], output: ['logits'], attribute: [{ name: 'to', i: to, type: 2 }] };
  const graph = { name: 'g', node: [node], input: [info('input', from)], output: [info('logits', to)] };
  const Model = await onnxModelType();
  const opsetImport = [{ domain: '', version: 17 }];
  writeFileSync(path, Model.encode(Model.fromObject({ irVersion: 8, opsetImport, graph })).finish());
  await expect(openOnnx(path, 'm')).rejects.toThrow(message);
});
