import { existsSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { writeWhole } from '../../util/atomic.ts';
import { UserError } from '../../util/errors.ts';
import { readRegularFile, reasonOf, sha256 } from '../../util/files.ts';
import { type Architecture, buildNetwork, outputs, tensorShape, type Weight } from './network.ts';
import { startTensorflow } from './tensorflow.ts';

/** A training set that is drawn anew every epoch. */
export interface EpochSource {
  /** Samples an epoch. */
  readonly size: number;
  /** Called before an epoch's batches. */
  begin(epoch: number): void;
  /** Samples `from` … `from + count - 1` of the epoch: network inputs, and targets [count, 10]. */
  batch(from: number, count: number): Promise<{ inputs: Float32Array; targets: Float32Array }>;
}

export interface FitOptions {
  readonly architecture: Architecture;
  readonly loss: 'mse' | 'cross-entropy';
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** File that each epoch ends in; a training that is there is gone on with. */
  readonly checkpoint: string;
  /** What the training is: another one's checkpoint is refused. */
  readonly identity: unknown;
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Ends the training after the batch under way, by throwing its reason; the epoch is done again the next time. */
  readonly signal?: AbortSignal | undefined;
}

interface Checkpoint {
  readonly identity: string;
  readonly losses: readonly number[];
  readonly weights: readonly StoredTensor[];
  readonly optimizer: readonly StoredTensor[];
}

/** As the optimiser gives and takes its state. */
interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int32';
  /** Little-endian values, base64. */
  readonly data: string;
}

/**
 * Trains with Adam. The result depends on the options and the source alone, not on interruptions.
 * @returns the weights, and the mean loss of each epoch (with the weight decay's part)
 * @throws UserError when the checkpoint is damaged or of another training
 */
export async function trainNetwork(
  source: EpochSource,
  options: FitOptions,
): Promise<{ weights: Weight[]; losses: number[]; runtime: string }> {
  const { tf, network, optimizer, runtime } = await startNetwork(options);
  const { architecture, batch, checkpoint, epochs } = options;
  const identity = sha256(JSON.stringify({ runtime, ...(options.identity as object) }));
  const losses: number[] = [];
  const earlier = readCheckpoint(checkpoint, identity);
  if (earlier) {
    network.setWeights(earlier.weights.map((stored) => restore(stored).tensor));
    await restoreOptimizer(earlier);
    losses.push(...earlier.losses);
  }
  for (let epoch = losses.length; epoch < epochs; epoch++) {
    source.begin(epoch);
    let sum = 0;
    for (let from = 0; from < source.size; from += batch) {
      const count = Math.min(batch, source.size - from);
      const { inputs, targets } = await source.batch(from, count);
      const x = tf.tensor(inputs, [count, ...tensorShape(architecture)]);
      const y = tf.tensor(targets, [count, targets.length / count]);
      sum += ((await network.trainOnBatch(x, y)) as number) * count;
      tf.dispose([x, y]);
      if (!options.signal) continue;
      await new Promise(setImmediate); // training on this thread does not let a signal through
      options.signal.throwIfAborted();
    }
    losses.push(sum / source.size);
    const state: Checkpoint = {
      identity,
      losses,
      weights: await store(network.getWeights().map((tensor, i) => ({ name: String(i), tensor }))),
      // by place, as they are taken back: their names count the networks that this process trained before
      optimizer: await store((await optimizer.getWeights()).map(({ tensor }, i) => ({ name: String(i), tensor }))),
    };
    writeWhole(checkpoint, JSON.stringify(state));
    await restoreOptimizer(state);
    options.onEpoch?.(epoch + 1, losses.at(-1)!);
  }
  const weights = network.getWeights().map((tensor) => ({
    shape: tensor.shape,
    data: tensor.dataSync().slice() as Float32Array,
  }));
  network.dispose();
  optimizer.dispose();
  return { weights, losses, runtime };

  /**
   * Puts Adam into a state that was stored. After every epoch, not only after an interruption: TensorFlow.js keeps running
   * products β^t but restores them as powers, which round differently.
   */
  async function restoreOptimizer(state: Checkpoint): Promise<void> {
    const old = await optimizer.getWeights();
    const restored = state.optimizer.map(restore);
    await optimizer.setWeights(restored);
    tf.dispose([...old, ...restored].map(({ tensor }) => tensor));
  }

  function restore({ name, shape, type, data }: StoredTensor): NamedTensor {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    const values = type === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
    return { name, tensor: tf.tensor(values, [...shape], type) };
  }
}

type NetworkOptions = Pick<FitOptions, 'architecture' | 'loss' | 'learningRate' | 'weightDecay' | 'seed'>;

/** A network with its optimiser, before its first step. */
async function startNetwork({ architecture, loss, learningRate, weightDecay, seed }: NetworkOptions) {
  const { tf, layers, runtime } = await startTensorflow();
  const network = buildNetwork(layers, architecture, seed, weightDecay);
  const optimizer = tf.train.adam(learningRate);
  network.compile({
    optimizer,
    loss: (targets: Tensor, outputs: Tensor) =>
      loss === 'mse' ? tf.losses.meanSquaredError(targets, outputs) : tf.losses.softmaxCrossEntropy(targets, outputs),
  });
  return { tf, network, optimizer, runtime };
}

/** Seconds that a sample of a training takes on this machine, over a few batches of zeros. */
export async function measureSample(
  options: Omit<NetworkOptions, 'loss'> & Pick<FitOptions, 'batch'>,
): Promise<number> {
  const { tf, network, optimizer } = await startNetwork({ ...options, loss: 'mse' });
  const { architecture, batch } = options;
  const x = tf.zeros([batch, ...tensorShape(architecture)]);
  const y = tf.zeros([batch, outputs]);
  const [warmUp, timed] = [2, 5];
  let started = 0;
  for (let step = 0; step < warmUp + timed; step++) {
    if (step === warmUp) started = performance.now();
    await network.trainOnBatch(x, y);
  }
  const taken = (performance.now() - started) / 1000;
  tf.dispose([x, y]);
  network.dispose();
  optimizer.dispose();
  return taken / (timed * batch);
}

function readCheckpoint(file: string, identity: string): Checkpoint | undefined {
  if (!existsSync(file)) return undefined;
  let state: Checkpoint;
  try {
    state = JSON.parse(readRegularFile(file).toString()) as Checkpoint;
  } catch (error) {
    throw new UserError(`${file} cannot be read (${reasonOf(error)}); begin anew with --restart`);
  }
  if (state.identity === identity) return state;
  throw new UserError(`${file} is of another training; choose another folder with --out, or begin anew with --restart`);
}

async function store(tensors: readonly NamedTensor[]): Promise<StoredTensor[]> {
  return Promise.all(
    tensors.map(async ({ name, tensor }) => {
      const values = await tensor.data();
      return {
        name,
        shape: tensor.shape,
        type: tensor.dtype as StoredTensor['type'],
        data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
      };
    }),
  );
}
