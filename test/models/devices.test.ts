import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test, vi } from 'vitest';
import type { OnnxContract, OpenedModel } from '../../src/models/contract.ts';
import { checkOffered } from '../../src/models/devices.ts';
import { openModel } from '../../src/models/registry.ts';

/** A runtime that offers `cuda` and remembers where sessions were opened: it adds up the two numbers of a point. */
const fake = vi.hoisted(() => {
  const opened: unknown[] = [];
  const failing = new Set<unknown>();
  class Tensor {
    readonly data: Float32Array;
    readonly dims: readonly number[];
    constructor(_type: string, data: Float32Array, dims: readonly number[]) {
      this.data = data;
      this.dims = dims;
    }
  }
  const session = {
    inputMetadata: [{ name: 'x', isTensor: true, type: 'float32', shape: ['n', 2] }],
    outputMetadata: [{ name: 'y', isTensor: true, type: 'float32', shape: ['n', 1] }],
    run: async ({ x }: { x: Tensor }) => {
      const count = x.dims[0]!;
      const sums = Float32Array.from({ length: count }, (_, i) => x.data[2 * i]! + x.data[2 * i + 1]!);
      return { y: { dims: [count, 1], data: sums } };
    },
    release: async () => {},
  };
  const runtime = {
    listSupportedBackends: () => [
      { name: 'cpu', bundled: true },
      { name: 'cuda', bundled: false },
    ],
    Tensor,
    InferenceSession: {
      async create(_bytes: unknown, { executionProviders }: { executionProviders: unknown }) {
        opened.push(executionProviders);
        if (failing.has(String(executionProviders))) throw new Error('no such library');
        return session;
      },
    },
  };
  return { opened, failing, runtime };
});

vi.mock('../../src/models/onnx-runtime.ts', () => ({
  onnxRuntime: async () => fake.runtime,
  onnxVersion: () => '0.0.0',
}));

const file = { onnx: fileURLToPath(new URL('../../models/lenet5-mnist.onnx', import.meta.url)) };
beforeEach(() => {
  fake.opened.length = 0;
  fake.failing.clear();
});

test('a model is opened on the device that was asked for, and its runtime says so', async () => {
  const model = await openModel(file, {}, { device: 'cuda' });
  expect(fake.opened).toEqual([['cuda']]);
  expect(model.runtime).toBe('onnxruntime-node 0.0.0 on cuda');
  expect([...(await model.infer(Float32Array.of(1, 2, 3, 4), 2))]).toEqual([3, 7]);
  const plain = await openModel(file);
  expect([plain.runtime, fake.opened[1]]).toEqual(['onnxruntime-node 0.0.0', ['cpu']]);
  expect(plain.pointsACall).toBe(model.pointsACall);
});

test('what this build does not offer, and models that do not run in ONNX Runtime, are refused in a line', async () => {
  await expect(openModel(file, {}, { device: 'coreml' })).rejects.toThrow(
    /^device coreml is not in this build of ONNX Runtime \(\S+ \S+\), which offers cpu, cuda$/,
  );
  await expect(openModel({ endpoint: 'http://127.0.0.1:1' }, {}, { device: 'cuda' })).rejects.toThrow(
    'device cuda is for ONNX models',
  );
  expect(fake.opened).toEqual([]);
  expect(() => checkOffered('cpu', [])).not.toThrow();
});

test('a device that is not on this machine is told from a file that is no model', async () => {
  fake.failing.add('cuda');
  await expect(openModel(file, {}, { device: 'cuda' })).rejects.toThrow(
    'device cuda cannot be used here, its libraries or hardware are missing: no such library',
  );
  fake.failing.add('cpu');
  await expect(openModel(file, {}, { device: 'cuda' })).rejects.toThrow('is not an ONNX file');
});

test('with a known contract a file is loaded at the first inference; on another device at once, since it may not be there', async () => {
  const kept = new Map<string, OnnxContract>();
  const id = ({ sha256, runtime, outputName }: OpenedModel) => JSON.stringify([sha256, runtime, outputName]);
  const known = {
    find: (model: OpenedModel) => kept.get(id(model)),
    keep: (model: OpenedModel, contract: OnnxContract) => kept.set(id(model), contract),
  };
  const first = await openModel(file, {}, { known });
  expect([fake.opened.length, kept.size]).toEqual([1, 1]);
  const second = await openModel(file, {}, { known });
  expect(fake.opened).toHaveLength(1);
  expect(second.contract).toEqual(first.contract);
  expect([...(await second.infer(Float32Array.of(1, 2), 1))]).toEqual([3]);
  expect(fake.opened).toHaveLength(2);
  for (const _ of [1, 2]) await openModel(file, {}, { known, device: 'cuda' });
  expect([fake.opened.length, kept.size]).toEqual([4, 2]);
});
