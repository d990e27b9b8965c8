import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Graph, GraphNode } from '../../src/models/import/onnx-file.ts';
import { builtCli, cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';
import { linearGraph, writeOnnx } from '../helpers/onnx.ts';

/** An array of NumPy's format. */
function npy(descr: '<f4' | '<i8', shape: readonly number[], data: Float32Array | BigInt64Array): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const text = `${header.padEnd(118 - 1)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(text),
    Buffer.from(data.buffer),
  ]);
}

/** 40 points of 3 numbers in [-1, 1] in two classes, which `right` tells apart, and a config for a model m.onnx. */
function experiment(more = ''): (name: string) => string {
  const at = folderWithConfig(`
name: mine
model: {onnx: m.onnx${more}}
dataset: {npy: x.npy, labels: y.npy}
K: 4
N: 8
S: 1
trials: 3
seed: 1
schemes: [bacc]
`);
  const points = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i + 1));
  const labels = BigInt64Array.from({ length: 40 }, (_, i) => (points[3 * i]! > 0 ? 1n : 0n));
  writeFileSync(at('x.npy'), npy('<f4', [40, 3], points));
  writeFileSync(at('y.npy'), npy('<i8', [40], labels));
  return at;
}

const right = linearGraph([3], 2, [-1, 1, 0, 0, 0, 0]);

/** The linear model with another end: from its answer `logits` to `out`. */
function ending(...nodes: GraphNode[]): Graph {
  return { ...right, nodes: [...right.nodes, ...nodes], output: { name: 'out', shape: ['n', 2] } };
}

const node = (operator: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}) => ({
  operator,
  inputs,
  outputs: [output],
  attributes,
});

test('a good model is run without a warning', async () => {
  const at = experiment();
  await writeOnnx(at('m.onnx'), right);
  const { code, stderr } = await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1');
  expect(stderr).not.toMatch(/warning/);
  expect(code).toBe(0);
});

test.each([
  [
    'batch normalisation in training mode',
    ending(node('ReduceMean', ['logits'], 'mean', { axes: [0], keepdims: 1 }), node('Sub', ['logits', 'mean'], 'out')),
    /model m answers a point otherwise when other points are in the batch/,
  ],
  [
    'random numbers',
    ending(node('RandomNormalLike', ['logits'], 'noise'), node('Add', ['logits', 'noise'], 'out')),
    /model m gives another answer each time it is asked/,
  ],
  [
    'a batch size in a reshape',
    {
      ...ending(node('Reshape', ['logits', 'one'], 'out')),
      output: { name: 'out', shape: ['b', 'm'] },
      constants: [...right.constants, { name: 'one', dims: [2], data: BigInt64Array.of(1n, -1n) }],
    },
    /model m answers one point but not 3 at once \(.*output of shape \[1,6\] for 3 points/,
  ],
  ['NaN', ending(node('Sub', ['logits', 'logits'], 'zero'), node('Div', ['zero', 'zero'], 'out')), /model m gives NaN/],
])('%s is refused before a trial, by run and by models evaluate', async (_, graph, message) => {
  const at = experiment();
  await writeOnnx(at('m.onnx'), graph);
  for (const words of [
    ['run', at('c.yaml'), '--out', at('out')],
    ['models', 'evaluate', at('c.yaml')],
  ]) {
    const { code, stderr } = await cli(...words);
    expect(stderr).toMatch(message);
    if (words[0] === 'run') expect(stderr).toMatch(/c\.yaml:3:8: /);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(code).toBe(2);
  }
  expect(existsSync(join(at('out'), 'manifest.json'))).toBe(false);
});

test('probabilities, points out of range and labels that do not fit are said on stderr', async () => {
  const at = experiment(', input: {range: [-1, 1]}');
  await writeOnnx(at('m.onnx'), ending(node('Softmax', ['logits'], 'out', { axis: 1 })));
  const run = (...more: string[]) => cli('run', at('c.yaml'), '--jobs', '1', ...more);
  const first = await run('--out', at('a'));
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/^warning: model m gives probabilities .*output: logits/m);
  expect(first.stderr).toMatch(
    /^warning: points of x\.npy lie in \[-1, 1\], but input: of model m expects numbers in \[0, 1\]/m,
  );
  const softmax = await run('--out', at('b'), '--set', 'output=softmax');
  expect(softmax.stderr).toMatch(/^warning: model m gives probabilities .*softmax a second time/m);
  writeFileSync(at('y.npy'), npy('<i8', [40], new BigInt64Array(40).fill(7n)));
  expect(await run('--out', at('c'))).toMatchObject({ code: 2, stderr: expect.stringContaining('label 0 is 7') });
  const turned = BigInt64Array.from({ length: 40 }, (_, i) => (Math.sin(3 * i + 1) > 0 ? 0n : 1n));
  writeFileSync(at('y.npy'), npy('<i8', [40], turned));
  const labels = await run('--out', at('c'));
  expect(labels.stderr).toMatch(
    /^warning: model m is right on \d+\.\d % of 32 points of x\.npy, and guessing reaches 50\.0 %/m,
  );
});

test('a point that is not finite is named with its place, on this thread and on others', async () => {
  const at = experiment();
  await writeOnnx(at('m.onnx'), right);
  const points = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i + 1));
  points[3 * 17 + 2] = Number.NaN;
  writeFileSync(at('x.npy'), npy('<f4', [40, 3], points));
  const named = /x\.npy: point 17 holds NaN at \[2\]/;
  for (const jobs of ['1', '2']) {
    const { code, stderr } = builtCli('run', at('c.yaml'), '--trials', '40', '--jobs', jobs, '--out', at('out'));
    expect(stderr).toMatch(named);
    expect(code).toBe(2);
  }
  expect((await cli('models', 'evaluate', at('c.yaml'))).stderr).toMatch(named);
});

test('models evaluate measures what a config says, with input:', async () => {
  const at = experiment(', input: {range: [1, -1]}'); // every sign turned, and the cut of the classes moved
  await writeOnnx(at('m.onnx'), right);
  const result = JSON.parse((await cli('models', 'evaluate', at('c.yaml'), '--json')).stdout);
  expect(result).toMatchObject({ model: 'm', dataset: 'x.npy', images: 40 });
  expect(result.top1).toBeLessThan(0.5);
  writeFileSync(at('d.yaml'), 'model: {onnx: m.onnx}\ndataset: {npy: x.npy, labels: y.npy}\n');
  expect(JSON.parse((await cli('models', 'evaluate', at('d.yaml'), '--json')).stdout).top1).toBe(1);
  writeFileSync(at('d.yaml'), 'model: {onx: m.onnx}\n');
  expect((await cli('models', 'evaluate', at('d.yaml'))).stderr).toMatch(/d\.yaml:1:\d+: .*did you mean "onnx"\?/);
});
