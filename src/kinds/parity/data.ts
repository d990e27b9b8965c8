import type { Dataset } from '../../datasets/dataset.ts';
import { openDataset } from '../../datasets/registry.ts';
import type { Model } from '../../models/model.ts';
import { inputShape, type Normalisation } from '../../models/train/network.ts';
import { UserError } from '../../util/errors.ts';
import { type ParityConfig, trainingPart } from './schema.ts';

/** What a parity training learns from and is scored on. */
export interface ParityData {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** @throws UserError when a part is missing */
export async function openParityData(config: ParityConfig, folder: string): Promise<ParityData> {
  return {
    train: await openDataset(trainingPart(config), { folder }),
    test: await openDataset(config.dataset, { folder }),
  };
}

/** @throws UserError when the networks that are trained here do not take these images */
export function checkImages({ train }: ParityData, { training }: ParityConfig): void {
  if (String(train.shape) === String(inputShape)) return;
  throw new UserError(
    `${training.architecture} takes images of shape [${inputShape}], dataset ${train.name} has [${train.shape}]; ` +
      'for CIFAR-10 there is the recipe scripts/train/parity.py',
  );
}

/** Numbers in one point. */
export function sizeOf({ shape }: Pick<Dataset, 'shape'>): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

const chunk = 500;

/** Calls `use` with the points of consecutive parts of at most `chunk·unit` points; a last part that fills no unit is left out. */
export async function inParts(
  data: Dataset,
  unit: number,
  use: (first: number, points: Float32Array) => Promise<void>,
): Promise<void> {
  const size = sizeOf(data);
  const whole = Math.floor(data.length / unit) * unit;
  for (let first = 0; first < whole; first += chunk * unit) {
    const indices = Array.from({ length: Math.min(chunk * unit, whole - first) }, (_, i) => first + i);
    const points = new Float32Array(indices.length * size);
    await data.read(indices, points);
    await use(first, points);
  }
}

/** Outputs of a model on a whole data set [length, m]. */
export async function inferAll(model: Model, data: Dataset): Promise<Float32Array> {
  const size = sizeOf(data);
  const answers = new Float32Array(data.length * model.outputs);
  await inParts(data, 1, async (first, points) => {
    answers.set(await model.infer(points, points.length / size), first * model.outputs);
  });
  return answers;
}

/** Mean and standard deviation of all pixels. */
export async function pixelStatistics(data: Dataset): Promise<Normalisation> {
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
