import { rmSync } from 'node:fs';
import path from 'node:path';
import { parityModelName } from '../../codecs/parity.ts';
import { labelsOf } from '../../datasets/labels.ts';
import { encodeOnnx } from '../../models/import/onnx-file.ts';
import type { Model } from '../../models/model.ts';
import { openOnnx } from '../../models/onnx.ts';
import { type Normalisation, networkGraph, networkInput, outputs } from '../../models/train/network.ts';
import { type FitOptions, trainNetwork } from '../../models/train/train-network.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { inferAll, type ParityData, pixelStatistics } from './data.ts';
import { modelFiles, type Trained } from './format.ts';
import { coefficients, groupEncoder, groupSource } from './groups.ts';
import type { ParityConfig } from './schema.ts';
import { type ParityScore, scoreParity } from './score.ts';

/** Where a training keeps what it needs to go on, whom it tells, and what ends it. */
export interface TrainingHooks {
  /** Folder of the checkpoints. */
  readonly checkpoints: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch: (model: string, epoch: number, epochs: number, loss: number) => void;
}

/** The name of the base model that is trained where a config names none. */
export function baseName({ training, dataset }: ParityConfig): string {
  return `${training.architecture}-${dataset}`;
}

/** The name of the parity model for a base model. */
export function parityName(base: string, { K, training: { row, code } }: ParityConfig): string {
  return `${base}-${parityModelName({ K, row, code })}`;
}

/** Trains a base model by cross-entropy on the labels. */
export async function trainBase({ train }: ParityData, config: ParityConfig, hooks: TrainingHooks): Promise<Trained> {
  const { seed, training } = config;
  const { architecture, baseEpochs: epochs } = training;
  const model = baseName(config);
  const pixels = await pixelStatistics(train);
  const labelOf = labelsOf(train);
  const source = groupSource(train, seed, 1, async (indices, points) => {
    const targets = new Float32Array(indices.length * outputs);
    indices.forEach((index, at) => {
      targets[at * outputs + labelOf(index)] = 1;
    });
    return { inputs: networkInput(points, architecture, pixels), targets };
  });
  const { weights, losses, runtime } = await trainNetwork(source, {
    ...fitting(config, model, epochs, hooks),
    loss: 'cross-entropy',
    identity: { seed, training, data: train.sha256 },
  });
  const zeros = new Array<number>(outputs).fill(0);
  const bytes = await encodeOnnx(networkGraph(model, architecture, weights, pixels, 1, zeros));
  const data = { dataset: train.name, datasetSha256: train.sha256 };
  const description = { ...data, architecture, seed, epochs, losses, runtime, sha256: sha256(bytes) };
  return { model, losses, files: filesOf(model, bytes, description) };
}

/**
 * Trains a parity model for a base model. Kosaian et al., SOSP 2019, section 4.3: groups drawn at random every epoch, mean
 * squared error against the weighted sum of the base model's outputs, Adam 1e-3, weight decay 1e-5. The targets are
 * standardised, which the last layer takes back.
 */
export async function trainParity(
  { train, test }: ParityData,
  base: Model,
  config: ParityConfig,
  hooks: TrainingHooks,
): Promise<Trained> {
  const { K, seed, training } = config;
  const { architecture, code, epochs } = training;
  const model = parityName(base.name, config);
  const C = coefficients(config);
  const answers = await inferAll(base, train);
  const standard = standardisation(answers, C);
  const encode = groupEncoder(code, C, train.shape);
  const pixels = codedPixels(await pixelStatistics(train), code, C);
  const source = groupSource(train, seed, K, async (indices, points) => {
    const targets = new Float32Array((indices.length / K) * outputs);
    indices.forEach((index, at) => {
      for (let j = 0; j < outputs; j++) {
        targets[Math.floor(at / K) * outputs + j]! += C[at % K]! * answers[index * outputs + j]!;
      }
    });
    const standardised = targets.map((value, at) => (value - standard.shift[at % outputs]!) / standard.scale);
    return { inputs: networkInput(encode(points), architecture, pixels), targets: standardised };
  });
  const { weights, losses, runtime } = await trainNetwork(source, {
    ...fitting(config, model, epochs, hooks),
    loss: 'mse',
    identity: { seed, training, data: train.sha256, K, base: base.sha256 },
  });
  const bytes = await encodeOnnx(networkGraph(model, architecture, weights, pixels, standard.scale, standard.shift));
  const scored = await scoreOf(bytes, path.join(hooks.checkpoints, `${model}.onnx`), base, (parity) =>
    scoreParity({ parity, base }, test, C, encode),
  );
  const description: ParityDescription = {
    ...wanted(config, C),
    base: base.name,
    baseSha256: base.sha256,
    architecture,
    seed,
    epochs,
    losses,
    runtime,
    sha256: sha256(bytes),
    ...scored,
  };
  return { model, losses, files: filesOf(model, bytes, description) };
}

/** What stands beside a parity model: which it is, how it was trained, and what it reaches. */
export interface ParityDescription extends ParityScore {
  readonly k: number;
  readonly r: number;
  readonly code: ParityConfig['training']['code'];
  readonly row: number;
  readonly coefficients: readonly number[];
  readonly base: string;
  readonly baseSha256: string;
  readonly architecture: string;
  readonly seed: number;
  readonly epochs: number;
  readonly losses: readonly number[];
  readonly runtime: string;
  readonly sha256: string;
}

function wanted({ K, training: { row, code } }: ParityConfig, C: Float64Array) {
  return { k: K, r: row + 1, code, row, coefficients: [...C] };
}

function filesOf(model: string, bytes: Uint8Array, description: object): Trained['files'] {
  const names = modelFiles(model);
  return { [names.onnx]: bytes, [names.description]: Buffer.from(`${JSON.stringify(description, null, 2)}\n`) };
}

/** Scores a model that has no place of its own yet, from a file beside its checkpoint. */
async function scoreOf(
  bytes: Uint8Array,
  file: string,
  base: Model,
  score: (model: Model) => Promise<ParityScore>,
): Promise<ParityScore> {
  writeWhole(file, bytes);
  try {
    const model = await openOnnx(file, base.name);
    try {
      return await score(model);
    } finally {
      await model.dispose();
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function fitting(
  { seed, training }: ParityConfig,
  model: string,
  epochs: number,
  { checkpoints, signal, onEpoch }: TrainingHooks,
): Omit<FitOptions, 'loss' | 'identity'> {
  return {
    ...training,
    epochs,
    seed,
    signal,
    checkpoint: path.join(checkpoints, `${model}.json`),
    onEpoch: (epoch, loss) => onEpoch(model, epoch, epochs, loss),
  };
}

/** Mean and deviation of the pixels of parity queries; tiled images have those of the images. */
function codedPixels(pixels: Normalisation, code: ParityConfig['training']['code'], C: Float64Array): Normalisation {
  if (code === 'concatenation') return pixels;
  const total = C.reduce((sum, c) => sum + c, 0);
  const spread = Math.sqrt(C.reduce((sum, c) => sum + c * c, 0));
  return { mean: pixels.mean * total, std: pixels.std * spread };
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
