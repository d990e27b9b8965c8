import { rmSync } from 'node:fs';
import path from 'node:path';
import { amplification, parityCoefficients, parityModelName } from '../../codecs/parity.ts';
import { tiledImage } from '../../codecs/tiles.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { openDataset } from '../../datasets/registry.ts';
import { argmaxRow } from '../../metrics/inference.ts';
import { encodeOnnx } from '../../models/import/onnx-file.ts';
import type { Model } from '../../models/model.ts';
import { openOnnx } from '../../models/onnx.ts';
import { checkFits, openModel } from '../../models/registry.ts';
import { inputShape, type Normalisation, networkGraph, networkInput, outputs } from '../../models/train/network.ts';
import { type EpochSource, trainNetwork } from '../../models/train/train-network.ts';
import { claimFolder } from '../../runs/folder.ts';
import { writeWhole } from '../../util/atomic.ts';
import { UserError } from '../../util/errors.ts';
import { sha256 } from '../../util/files.ts';
import { randomStream, sampleWithoutReplacement } from '../../util/random.ts';
import type { ParityTraining } from './schema.ts';

export interface ParityTrainingOptions {
  /** Folder of the models; checkpoints are kept in it. */
  readonly out: string;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  /** Begin anew where checkpoints are. */
  readonly restart?: boolean;
  readonly onEpoch?: (model: string, epoch: number, epochs: number, loss: number) => void;
}

/** What a parity model reaches on consecutive groups of test images, every single erasure counted. */
interface ParityScore {
  readonly groups: number;
  readonly predictions: number;
  /** Accuracy of the reconstructed predictions. */
  readonly degradedAccuracy: number;
  readonly baseAccuracy: number;
  /** Share of reconstructed predictions with the base model's class. */
  readonly agreementWithBase: number;
  /** Mean squared error of the parity outputs, per output. */
  readonly mse: number;
}

export interface TrainedParity extends ParityScore {
  readonly file: string;
  readonly base: string;
  readonly runtime: string;
  /** Of errors of the parity models, when this row and those before it are used. */
  readonly amplification: number;
}

/**
 * Trains a parity model (and before it a base model where the config names none) and writes it as ONNX with its description.
 * Kosaian et al., SOSP 2019, section 4.3: groups drawn at random every epoch, mean squared error against the weighted sum of
 * the base model's outputs, Adam 1e-3, weight decay 1e-5. The targets are standardised, which the last layer takes back.
 * @throws UserError when data and models do not fit, or the folder holds another training
 */
export async function trainParity(config: ParityTraining, options: ParityTrainingOptions): Promise<TrainedParity> {
  const { folder } = options;
  const train = await openDataset(`${config.dataset}-train`, { folder });
  return trainParityOn(train, await openDataset(config.dataset, { folder }), config, options);
}

/** `trainParity` on data that is open. */
export async function trainParityOn(
  train: Dataset,
  test: Dataset,
  config: ParityTraining,
  options: ParityTrainingOptions,
): Promise<TrainedParity> {
  const release = claimFolder(options.out);
  try {
    return await trainInFolder(train, test, config, options);
  } finally {
    release();
  }
}

async function trainInFolder(
  train: Dataset,
  test: Dataset,
  config: ParityTraining,
  options: ParityTrainingOptions,
): Promise<TrainedParity> {
  const { K, seed, training } = config;
  const { out, folder } = options;
  const { architecture, code, row } = training;
  if (String(train.shape) !== String(inputShape)) {
    throw new UserError(
      `${architecture} takes images of shape [${inputShape}], dataset ${train.name} has [${train.shape}]; ` +
        'for CIFAR-10 there is the recipe scripts/train/parity.py',
    );
  }
  if (options.restart) rmSync(path.join(out, 'checkpoints'), { recursive: true, force: true });
  const pixels = await pixelStatistics(train);
  const identity = { seed, training, data: train.sha256 };
  const fitting = (model: string, epochs: number) => ({
    ...training,
    epochs,
    seed,
    checkpoint: path.join(out, 'checkpoints', `${model}.json`),
    onEpoch: (epoch: number, loss: number) => options.onEpoch?.(model, epoch, epochs, loss),
  });

  const base = config.model ? await openModel(config.model, { folder }) : await trainBase();
  checkFits(base, train);
  if (base.outputs !== outputs) throw new UserError(`model ${base.name} has ${base.outputs} outputs, not ${outputs}`);
  const stem = `${base.name}-${parityModelName({ K, row, code })}`;
  const C = parityCoefficients(K, row + 1).data.slice(row * K);
  const answers = await inferAll(base, train);
  const standard = standardisation(answers, C);
  const encode = encoder(code, C, train.shape);
  const total = C.reduce((sum, c) => sum + c, 0);
  const spread = Math.sqrt(C.reduce((sum, c) => sum + c * c, 0));
  const normalisation = code === 'addition' ? { mean: pixels.mean * total, std: pixels.std * spread } : pixels;
  const source = groupSource(train, seed, C, async (indices, points) => {
    const targets = new Float32Array((indices.length / K) * outputs);
    indices.forEach((index, at) => {
      for (let j = 0; j < outputs; j++) {
        targets[Math.floor(at / K) * outputs + j]! += C[at % K]! * answers[index * outputs + j]!;
      }
    });
    const standardised = targets.map((value, at) => (value - standard.shift[at % outputs]!) / standard.scale);
    return { inputs: networkInput(encode(points), architecture, normalisation), targets: standardised };
  });
  const { weights, losses, runtime } = await trainNetwork(source, {
    ...fitting(stem, training.epochs),
    loss: 'mse',
    identity: { ...identity, K, base: base.sha256 },
  });
  const graph = networkGraph(stem, architecture, weights, normalisation, standard.scale, standard.shift);
  const file = path.join(out, `${stem}.onnx`);
  const bytes = await encodeOnnx(graph);
  writeWhole(file, bytes);
  const model = await openOnnx(file, stem);
  const score = await scoreParity(model, base, test, C, encode);
  await Promise.all([model.dispose(), base.dispose()]);
  const description = {
    k: K,
    r: row + 1,
    code,
    row,
    coefficients: [...C],
    base: base.name,
    baseSha256: base.sha256,
    architecture,
    seed,
    epochs: training.epochs,
    losses,
    runtime,
    sha256: sha256(bytes),
    ...score,
  };
  writeWhole(path.join(out, `${stem}.json`), `${JSON.stringify(description, null, 2)}\n`);
  return { file, base: base.name, runtime, amplification: amplification(K, row + 1), ...score };

  /** A base model of the same architecture, by cross-entropy on the labels. */
  async function trainBase(): Promise<Model> {
    const name = `${architecture}-${config.dataset}`;
    const labelled = groupSource(train, seed, Float64Array.of(1), async (indices, points) => {
      const targets = new Float32Array(indices.length * outputs);
      indices.forEach((index, at) => {
        targets[at * outputs + train.label(index)] = 1;
      });
      return { inputs: networkInput(points, architecture, pixels), targets };
    });
    const trained = await trainNetwork(labelled, {
      ...fitting(name, training.baseEpochs),
      loss: 'cross-entropy',
      identity,
    });
    const own = networkGraph(name, architecture, trained.weights, pixels, 1, new Array<number>(outputs).fill(0));
    const written = path.join(out, `${name}.onnx`);
    writeWhole(written, await encodeOnnx(own));
    return openOnnx(written, name);
  }
}

/** Epochs of groups of `C.length` training images, each image in at most one group of an epoch. */
function groupSource(
  data: Dataset,
  seed: number,
  C: Float64Array,
  samples: (indices: number[], points: Float32Array) => ReturnType<EpochSource['batch']>,
): EpochSource {
  const K = C.length;
  const size = data.shape.reduce((product, dim) => product * dim, 1);
  let order: number[] = [];
  return {
    size: Math.floor(data.length / K),
    begin(epoch) {
      order = sampleWithoutReplacement(randomStream(seed, 'epoch', epoch), data.length, data.length);
    },
    async batch(from, count) {
      const indices = order.slice(from * K, (from + count) * K);
      const points = new Float32Array(indices.length * size);
      await data.read(indices, points);
      return samples(indices, points);
    },
  };
}

/** The parity queries of consecutive groups. */
type GroupEncoder = (points: Float32Array) => Float32Array;

function encoder(code: 'addition' | 'concatenation', C: Float64Array, shape: readonly number[]): GroupEncoder {
  const K = C.length;
  const size = shape.reduce((product, dim) => product * dim, 1);
  return (points) => {
    const groups = points.length / (K * size);
    const coded = new Float32Array(groups * size);
    for (let g = 0; g < groups; g++) {
      const group = points.subarray(g * K * size, (g + 1) * K * size);
      if (code === 'concatenation') coded.set(tiledImage(group, K, shape as [number, number, number]), g * size);
      else
        for (let i = 0; i < K; i++) for (let d = 0; d < size; d++) coded[g * size + d]! += C[i]! * group[i * size + d]!;
    }
    return coded;
  };
}

const chunk = 500;

/** Calls `use` with the points of consecutive parts of at most `chunk·unit` points; a last part that fills no unit is left out. */
async function inParts(data: Dataset, unit: number, use: (first: number, points: Float32Array) => Promise<void>) {
  const size = data.shape.reduce((product, dim) => product * dim, 1);
  const whole = Math.floor(data.length / unit) * unit;
  for (let first = 0; first < whole; first += chunk * unit) {
    const indices = Array.from({ length: Math.min(chunk * unit, whole - first) }, (_, i) => first + i);
    const points = new Float32Array(indices.length * size);
    await data.read(indices, points);
    await use(first, points);
  }
}

/** Outputs of a model on a whole data set [length, m]. */
async function inferAll(model: Model, data: Dataset): Promise<Float32Array> {
  const size = data.shape.reduce((product, dim) => product * dim, 1);
  const answers = new Float32Array(data.length * model.outputs);
  await inParts(data, 1, async (first, points) => {
    answers.set(await model.infer(points, points.length / size), first * model.outputs);
  });
  return answers;
}

async function pixelStatistics(data: Dataset): Promise<Normalisation> {
  let [count, sum, squares] = [0, 0, 0];
  await inParts(data, 1, async (_, points) => {
    count += points.length;
    for (const x of points) {
      sum += x;
      squares += x * x;
    }
  });
  const mean = sum / count;
  return { mean, std: Math.sqrt(squares / count - mean * mean) };
}

/** Mean of each output of the weighted sums, and one standard deviation for all. @param answers [n, 10] */
function standardisation(answers: Float32Array, C: Float64Array): { shift: number[]; scale: number } {
  const n = answers.length / outputs;
  const mean = new Float64Array(outputs);
  const square = new Float64Array(outputs);
  answers.forEach((value, at) => {
    mean[at % outputs]! += value / n;
    square[at % outputs]! += (value * value) / n;
  });
  const variance = square.reduce((sum, value, j) => sum + value - mean[j]! ** 2, 0) / outputs;
  const total = C.reduce((sum, c) => sum + c, 0);
  return {
    shift: [...mean].map((value) => value * total),
    scale: Math.sqrt(variance * C.reduce((sum, c) => sum + c * c, 0)) || 1,
  };
}

/** The authors' measure: consecutive groups of test images, each query lost once. */
async function scoreParity(
  parity: Model,
  base: Model,
  test: Dataset,
  C: Float64Array,
  encode: GroupEncoder,
): Promise<ParityScore> {
  const K = C.length;
  let [groups, right, baseRight, same, squares] = [0, 0, 0, 0, 0];
  await inParts(test, K, async (first, points) => {
    const count = points.length / (test.shape.reduce((product, dim) => product * dim, 1) * K);
    const answers = Float64Array.from(await base.infer(points, count * K));
    const sums = (await parity.infer(encode(points), count)).slice();
    groups += count;
    const lost = new Float64Array(outputs);
    for (let g = 0; g < count; g++) {
      const rest = new Float64Array(outputs);
      for (let j = 0; j < outputs; j++) {
        let truth = 0;
        for (let i = 0; i < K; i++) truth += C[i]! * answers[(g * K + i) * outputs + j]!;
        rest[j] = sums[g * outputs + j]! - truth;
        squares += rest[j]! ** 2;
      }
      for (let i = 0; i < K; i++) {
        const query = g * K + i;
        for (let j = 0; j < outputs; j++) lost[j] = answers[query * outputs + j]! + rest[j]! / C[i]!;
        const guess = argmaxRow(lost, 0, outputs);
        const own = argmaxRow(answers, query, outputs);
        const label = test.label(first + query);
        if (guess === label) right++;
        if (own === label) baseRight++;
        if (guess === own) same++;
      }
    }
  });
  const predictions = groups * K;
  return {
    groups,
    predictions,
    degradedAccuracy: right / predictions,
    baseAccuracy: baseRight / predictions,
    agreementWithBase: same / predictions,
    mse: squares / (groups * outputs),
  };
}
