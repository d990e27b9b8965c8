import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/datasets/dataset.ts';
import type { ParityTraining } from '../../../src/kinds/parity/schema.ts';
import { trainParityOn } from '../../../src/kinds/parity/train.ts';
import { openOnnx } from '../../../src/models/onnx.ts';
import { openParityModel } from '../../../src/models/parity.ts';
import { UserError } from '../../../src/util/errors.ts';
import { randomStream } from '../../../src/util/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'parity-training-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Images of ten classes: class c lights the rows 2c+4 and 2c+5, with noise. */
function stripes(name: string, length: number): Dataset {
  return {
    name,
    length,
    shape: [1, 28, 28],
    sha256: `${name}${length}`,
    label: (index) => index % 10,
    async read(indices, out) {
      indices.forEach((index, at) => {
        const stream = randomStream(name, index);
        const first = 28 * (2 * (index % 10) + 4);
        for (let p = 0; p < 784; p++) {
          out[at * 784 + p] = (p >= first && p < first + 56 ? 0.8 : 0) + 0.2 * stream.uniform();
        }
      });
    },
  };
}

const config = (K: number): ParityTraining => ({
  name: 'stripes',
  kind: 'parity',
  dataset: 'stripes',
  K,
  seed: 1,
  training: {
    architecture: 'mlp',
    code: 'addition',
    row: 0,
    epochs: 12,
    baseEpochs: 4,
    batch: 20,
    learningRate: 1e-3,
    weightDecay: 1e-5,
  },
});

describe('parity training', () => {
  it('trains base and parity model, scores them on every single erasure, and writes what opens again', async () => {
    const [train, test] = [stripes('train', 400), stripes('test', 60)];
    const out = join(folder, 'k2');
    const trained = await trainParityOn(train, test, config(2), { out, folder });
    expect(trained.groups).toBe(30);
    expect(trained.predictions).toBe(60);
    expect(trained.baseAccuracy).toBe(1);
    expect(trained.degradedAccuracy).toBeGreaterThan(0.8);
    expect(trained.amplification).toBeCloseTo(1, 12);

    const base = await openOnnx(join(out, 'mlp-stripes.onnx'), 'mlp-stripes');
    const parity = await openParityModel(`${out}/k2`, base);
    await expect(openParityModel(`${out}/k3`, base)).rejects.toThrow(/there for mlp-stripes: k2/);

    // the score again, from the written models alone
    const points = new Float32Array(60 * 784);
    await test.read(
      Array.from({ length: 60 }, (_, i) => i),
      points,
    );
    const answers = (await base.infer(points, 60)).slice();
    const sums = new Float32Array(30 * 784);
    for (let g = 0; g < 30; g++) {
      for (let p = 0; p < 784; p++) sums[g * 784 + p] = points[2 * g * 784 + p]! + points[(2 * g + 1) * 784 + p]!;
    }
    const parities = await parity.infer(sums, 30);
    let right = 0;
    for (let query = 0; query < 60; query++) {
      const other = query % 2 === 0 ? query + 1 : query - 1;
      const outputs = Array.from(
        { length: 10 },
        (_, j) => parities[Math.floor(query / 2) * 10 + j]! - answers[other * 10 + j]!,
      );
      if (outputs.indexOf(Math.max(...outputs)) === test.label(query)) right++;
    }
    expect(trained.degradedAccuracy).toBe(right / 60);
    const sidecar = JSON.parse(readFileSync(join(out, 'mlp-stripes-k2.json'), 'utf8'));
    expect(sidecar).toMatchObject({ k: 2, row: 0, coefficients: [1, 1], base: 'mlp-stripes', baseSha256: base.sha256 });
    await Promise.all([base.dispose(), parity.dispose()]);
  });

  it.each([
    [{ code: 'concatenation' as const }, 'k2-concatenation', { row: 0, coefficients: [1, 1] }, 1],
    [{ row: 1 }, 'k2-row1', { code: 'addition', row: 1, coefficients: [1, 2] }, 3],
  ])('trains a parity model with %j', async (change, stem, description, factor) => {
    const [train, test] = [stripes('train', 400), stripes('test', 60)];
    const out = join(folder, stem);
    const { training, ...rest } = config(2);
    const trained = await trainParityOn(
      train,
      test,
      { ...rest, training: { ...training, ...change } },
      { out, folder },
    );
    expect(trained.degradedAccuracy).toBeGreaterThan(0.8);
    expect(trained.amplification).toBeCloseTo(factor, 12);
    const sidecar = JSON.parse(readFileSync(join(out, `mlp-stripes-${stem}.json`), 'utf8'));
    expect(sidecar).toMatchObject({ k: 2, ...change, ...description });
    const base = await openOnnx(join(out, 'mlp-stripes.onnx'), 'mlp-stripes');
    const parity = await openParityModel(`${out}/${stem}`, base);
    await Promise.all([base.dispose(), parity.dispose()]);
  });

  it('refuses images of another shape', async () => {
    const wide = { ...stripes('train', 400), shape: [1, 14, 56] };
    await expect(trainParityOn(wide, wide, config(2), { out: join(folder, 'wide'), folder })).rejects.toThrow(
      UserError,
    );
  });
});
