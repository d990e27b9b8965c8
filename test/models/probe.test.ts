import { expect, test } from 'vitest';
import type { Model } from '../../src/models/model.ts';
import { probeModel } from '../../src/models/probe.ts';

/** A model of points of 2 numbers with 2 outputs. */
function modelOf(infer: (points: Float32Array, count: number) => Float32Array): Model {
  return {
    name: 'mine',
    sha256: '0'.repeat(64),
    runtime: 'test',
    inputShape: [2],
    outputs: 2,
    infer: async (points, count) => infer(points.slice(0, 2 * count), count),
    dispose: async () => {},
  };
}

const points = Float32Array.of(1, 2, 3, -4, 0.5, 0);
const probe = (infer: (points: Float32Array, count: number) => Float32Array) => probeModel(modelOf(infer), points, 3);

test('a function of each point passes, noise of float32 too', async () => {
  await expect(probe((x) => x.map((value) => 3 * value - 1))).resolves.toBeUndefined();
  await expect(probe((x, count) => x.map((value) => value + 1e-5 * count))).resolves.toBeUndefined();
  let calls = 0;
  await expect(probe((x) => x.map((value) => value * (1 + 1e-6 * calls++)))).resolves.toBeUndefined();
  await expect(probe((x) => x.map(() => 0))).resolves.toBeUndefined();
});

test('a model whose array is overwritten by its next call is compared rightly', async () => {
  const buffer = new Float32Array(6);
  const model = (x: Float32Array) => {
    buffer.set(x);
    return buffer.subarray(0, x.length);
  };
  await expect(probe(model)).resolves.toBeUndefined();
});

test('batch-dependent, random, fixed-batch and NaN models are named with the cure', async () => {
  const centred = (x: Float32Array, count: number) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / (2 * count);
    return x.map((value) => value - mean);
  };
  await expect(probe(centred)).rejects.toThrow(
    /^model mine answers a point otherwise when other points are in the batch; export .*running averages.*fixed at 1$/,
  );

  let seed = 0;
  await expect(probe((x) => x.map((value) => value + (seed++ % 7)))).rejects.toThrow(
    /^model mine gives another answer each time it is asked; .*dropout.*model\.eval\(\)/,
  );
  // random in batches alone
  await expect(probe((x, count) => x.map((value) => (count > 1 ? value * seed++ : value)))).rejects.toThrow(
    /another answer each time/,
  );

  const folded = (x: Float32Array, count: number) => {
    if (count > 1) throw new Error('gives an output of shape [1,6] for 3 points, not [n, m]');
    return x;
  };
  await expect(probe(folded)).rejects.toThrow(
    /^model mine answers one point but not 3 at once \(gives an output of shape \[1,6\].*\); export it with a free batch axis everywhere, or .* fixed at 1/,
  );

  await expect(probe((x) => x.map((value) => Math.log(value - 100)))).rejects.toThrow(
    /^model mine gives NaN or infinity for a point whose numbers are all finite/,
  );
});
