import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSummary } from '../../src/results/read.ts';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';
import { linearGraph, writeOnnx } from '../helpers/onnx.ts';

/** A regression: 40 points of 3 numbers without labels, a model with two outputs. */
async function regression(more = ''): Promise<(name: string) => string> {
  const at = folderWithConfig(`name: regression
model: {onnx: line.onnx}
dataset: {npy: x.npy}
K: 4
N: 12
S: 3
trials: 3
seed: 1
schemes: [bacc, replication, {nercc: {lambdaEnc: 0, lambdaDec: 0}}]
${more}`);
  await writeOnnx(at('line.onnx'), linearGraph([3], 2, [1, -1, 0.5, 2, 0.1, 0.3]));
  writeNpy(
    at('x.npy'),
    'f4',
    '(40, 3)',
    Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)),
  );
  return at;
}

function writeNpy(file: string, type: 'f4' | 'i4', shape: string, data: Float32Array | Int32Array): void {
  const header = `${`{'descr': '<${type}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  writeFileSync(file, Buffer.concat([start, Buffer.from(header), Buffer.from(data.buffer)]));
}

test('points without labels: MSE and agreement are measured, no accuracy is', async () => {
  const at = await regression();
  const run = await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1');
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/\| method +\| +MSE ↓ \| +agreement ↑ /) });
  expect(run.stdout).not.toMatch(/RelAcc/);
  for (const { metrics, trials } of readSummary(at('out'))) {
    expect(trials).toBe(3);
    for (const name of ['mse', 'agreement'] as const) expect(metrics.get(name)!.mean).toBeGreaterThanOrEqual(0);
    for (const name of ['accuracy', 'base_accuracy', 'relacc', 'available', 'degraded', 'overall'] as const)
      expect(metrics.get(name)?.mean ?? Number.NaN).toBeNaN();
  }
  expect(readFileSync(join(at('out'), 'table.tex'), 'utf8')).not.toMatch(/RelAcc/);
  expect((await cli('check', at('out'), '--against', at('out'))).code).toBe(0);
});

test('λ is not tuned by an accuracy that there is not', async () => {
  const at = await regression('tune: {lambdaEnc: [0], lambdaDec: [0], trials: 2, metric: relacc}');
  writeFileSync(
    at('c.yaml'),
    readFileSync(at('c.yaml'), 'utf8').replace('{nercc: {lambdaEnc: 0, lambdaDec: 0}}', '{nercc: {tune: true}}'),
  );
  expect(await cli('run', at('c.yaml'), '--out', at('out'))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/c\.yaml:10:\d+: .*x\.npy has no labels, so λ is tuned by mse, not relacc/),
  });
});

test('one output: labels that are all 0 are said to mean nothing, and without labels MSE is measured', async () => {
  const at = await regression();
  await writeOnnx(at('line.onnx'), linearGraph([3], 1, [1, -1, 0.5]));
  expect((await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1')).code).toBe(0);
  writeNpy(at('y.npy'), 'i4', '(40,)', new Int32Array(40));
  const config = readFileSync(at('c.yaml'), 'utf8');
  writeFileSync(at('c.yaml'), config.replace('{npy: x.npy}', '{npy: x.npy, labels: y.npy}'));
  expect(await cli('run', at('c.yaml'), '--out', at('labelled'), '--jobs', '1')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/has one output, so its class is always 0 .*: MSE says/),
  });
});
