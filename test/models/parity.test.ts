import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../src/models/import/onnx-file.ts';
import type { Model } from '../../src/models/model.ts';
import { openParityModel } from '../../src/models/parity.ts';
import { UserError } from '../../src/util/errors.ts';
import { sha256 } from '../../src/util/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'parity-'));
const base = { name: 'tiny', sha256: 'b'.repeat(64), inputShape: [3], outputs: 2 } as unknown as Model;
const open = (name: string, of = base) => openParityModel(name, of, { folder });

beforeAll(async () => {
  const bytes = await encodeOnnx({
    name: 'tiny-k2',
    input: { name: 'input', shape: ['n', 3] },
    output: { name: 'logits', shape: ['n', 2] },
    nodes: [{ operator: 'MatMul', inputs: ['input', 'W'], outputs: ['logits'], attributes: {} }],
    constants: [{ name: 'W', dims: [3, 2], data: Float32Array.of(1, 0, 0, 1, 0, 0) }],
  });
  const sidecar = { k: 2, row: 0, code: 'addition', coefficients: [1, 1], base: 'tiny', baseSha256: base.sha256 };
  const write = (stem: string, change: object) => {
    writeFileSync(join(folder, `tiny-${stem}.onnx`), bytes);
    writeFileSync(join(folder, `tiny-${stem}.json`), JSON.stringify({ ...sidecar, sha256: sha256(bytes), ...change }));
  };
  write('k2', {});
  write('k4', {}); // a copy under another k's name
  write('k8', { k: 8, sha256: '0'.repeat(64) });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('openParityModel', () => {
  it('opens the model for this k and base', async () => {
    const model = await open('./k2');
    expect(model.name).toBe('tiny-k2');
    expect([...(await model.infer(Float32Array.of(1, 2, 3), 1))]).toEqual([1, 2]);
    await model.dispose();
  });

  it.each([
    ['./k4', base, /k = 2, not 4/],
    ['./k8', base, /is altered: SHA-256/],
    ['./k3', base, /no parity model tiny-k3\.onnx in .*there for tiny: k2, k4, k8.*approxifer train parity/],
    ['./k2', { ...base, sha256: 'c'.repeat(64) } as Model, /trained for another base model: SHA-256 bbbbbbbbbbbb/],
    ['./k2', { ...base, outputs: 5 } as Model, /other inputs or outputs/],
  ])('refuses %s with a reason', async (name, of, reason) => {
    const error = await open(name, of).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(reason);
  });
});
