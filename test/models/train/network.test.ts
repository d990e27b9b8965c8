import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../../src/models/import/onnx-file.ts';
import { openOnnx } from '../../../src/models/onnx.ts';
import {
  architectures,
  buildNetwork,
  networkGraph,
  networkInput,
  tensorShape,
} from '../../../src/models/train/network.ts';
import { startTensorflow } from '../../../src/models/train/tensorflow.ts';
import { type EpochSource, trainNetwork } from '../../../src/models/train/train-network.ts';
import { UserError } from '../../../src/util/errors.ts';
import { randomStream } from '../../../src/util/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'train-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the filter gradient', () => {
  it('agrees with central differences', async () => {
    const { tf } = await startTensorflow();
    const X = tf.randomNormal<import('@tensorflow/tfjs-core').Rank.R4>([2, 9, 8, 3], 0, 1, 'float32', 1);
    const W = tf.randomNormal<import('@tensorflow/tfjs-core').Rank.R4>([5, 3, 3, 4], 0, 1, 'float32', 2);
    const loss = (kernel: typeof W) => tf.sum(tf.square(tf.conv2d(X, kernel, 1, 'valid')));
    const gradient = tf
      .grad((kernel) => loss(kernel as typeof W))(W)
      .dataSync();
    const values = W.dataSync();
    for (const at of [0, 17, 90, 133, 179]) {
      const moved = (step: number) => {
        const copy = values.slice();
        copy[at]! += step;
        return loss(tf.tensor4d(copy as Float32Array, W.shape)).dataSync()[0]!;
      };
      // the loss is quadratic in W, so the central difference is exact but for rounding
      const difference = (moved(0.5) - moved(-0.5)) / 1;
      expect(Math.abs(gradient[at]! - difference)).toBeLessThan(2e-4 * (1 + Math.abs(difference)) + 0.02);
    }
  });
});

describe('networkGraph', () => {
  it.each(architectures)('computes in ONNX Runtime what TensorFlow.js computes: %s', async (architecture) => {
    const { tf, layers } = await startTensorflow();
    const network = buildNetwork(layers, architecture, 3, 0);
    const stream = randomStream('points');
    const points = Float32Array.from({ length: 4 * 784 }, () => stream.uniform());
    const normalisation = { mean: 0.3, std: 0.4 };
    const x = tf.tensor(networkInput(points, architecture, normalisation), [4, ...tensorShape(architecture)]);
    const answers = (network.predict(x) as import('@tensorflow/tfjs-core').Tensor).dataSync();
    const weights = network.getWeights().map((tensor) => ({
      shape: tensor.shape,
      data: tensor.dataSync().slice() as Float32Array,
    }));
    const shift = Array.from({ length: 10 }, (_, c) => c);
    const file = join(folder, `${architecture}.onnx`);
    writeFileSync(file, await encodeOnnx(networkGraph('net', architecture, weights, normalisation, 2, shift)));
    const model = await openOnnx(file, architecture);
    const outputs = await model.infer(points, 4);
    outputs.forEach((value, at) => {
      expect(value).toBeCloseTo(2 * answers[at]! + (at % 10), 3);
    });
    await model.dispose();
  });
});

describe('trainNetwork', () => {
  const source = (stopBefore = Number.POSITIVE_INFINITY): EpochSource => {
    let current = 0;
    return {
      size: 600,
      begin(epoch) {
        if (epoch >= stopBefore) throw new Error('interrupted');
        current = epoch;
      },
      async batch(from, count) {
        const stream = randomStream('samples', current, from);
        const inputs = Float32Array.from({ length: count * 784 }, () => stream.normal());
        return { inputs, targets: Float32Array.from({ length: count * 10 }, (_, at) => inputs[at * 70]!) };
      },
    };
  };
  const options = (checkpoint: string, identity: unknown = { run: 1 }) => ({
    architecture: 'mlp' as const,
    loss: 'mse' as const,
    epochs: 3,
    batch: 10,
    learningRate: 1e-3,
    weightDecay: 1e-5,
    seed: 1,
    checkpoint: join(folder, checkpoint),
    identity,
  });

  it('learns, and ends in the same weights after an interruption', async () => {
    const whole = await trainNetwork(source(), options('whole.json'));
    expect(whole.losses.length).toBe(3);
    await expect(trainNetwork(source(2), options('parts.json'))).rejects.toThrow('interrupted');
    const resumed = await trainNetwork(source(), options('parts.json'));
    expect(resumed.losses).toEqual(whole.losses);
    resumed.weights.forEach(({ data }, i) => {
      expect(data).toEqual(whole.weights[i]!.data);
    });
  });

  it('refuses a damaged checkpoint', async () => {
    writeFileSync(join(folder, 'damaged.json'), '{"identity":');
    await expect(trainNetwork(source(), options('damaged.json'))).rejects.toThrow(/cannot be read .*--restart/);
  });

  it("refuses another training's checkpoint", async () => {
    await trainNetwork(source(), options('other.json'));
    await expect(trainNetwork(source(), options('other.json', { run: 2 }))).rejects.toThrow(UserError);
  });
});
