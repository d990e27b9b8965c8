import type { Batch } from '../codecs/codec.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import { type RandomStream, sampleWithoutReplacement } from '../util/random.ts';

/** A part of a data set: `size` images, of which `at(i)` is the i-th. */
export interface ImagePool {
  readonly purpose: 'report' | 'tune';
  readonly size: number;
  at(index: number): number;
}

/**
 * The images a stage draws from. When λ is tuned, every fifth image is kept for tuning alone, so that no reported trial
 * sees an image on which λ was chosen.
 */
export function imagePool(purpose: ImagePool['purpose'], tunes: boolean, length: number): ImagePool {
  if (!tunes) return { purpose, size: length, at: (index) => index };
  const kept = Math.floor(length / 5);
  if (purpose === 'tune') return { purpose, size: kept, at: (index) => 5 * index + 4 };
  return { purpose, size: length - kept, at: (index) => index + Math.floor(index / 4) };
}

export interface LabelledBatch extends Batch {
  /** [K]: which points of the data set these are. */
  readonly indices: readonly number[];
  /** [K]; absent where the points have none. */
  readonly labels?: Int32Array | undefined;
  /** Which points of the data set they are: equal texts, equal points. */
  readonly id: string;
  /** Reads the points, the first time; before that `points` and `gram` must not be used. */
  read(): Promise<void>;
}

/** Numbers of one point, D. */
export function pointSize({ shape }: Dataset): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * K different points of a pool, in random order; fewer from an equal stream are the first ones of more. They are not read yet.
 * @param buffer [K, D], overwritten by `read`: to use again
 */
export function drawUnread(
  dataset: Dataset,
  images: ImagePool,
  K: number,
  random: RandomStream,
  buffer: Float32Array = new Float32Array(K * pointSize(dataset)),
): LabelledBatch {
  const indices = sampleWithoutReplacement(random, images.size, K);
  for (let k = 0; k < K; k++) indices[k] = images.at(indices[k]!);
  const D = pointSize(dataset);
  let isRead = false;
  let gram: Matrix | undefined;
  const points = () => {
    if (!isRead) throw new Error('points of a batch that was not read');
    return buffer;
  };
  return {
    indices,
    get points() {
      return points();
    },
    K,
    D,
    shape: dataset.shape,
    labels: dataset.label && labelsOf(indices, dataset.label),
    get id() {
      return indices.join();
    },
    async read() {
      if (isRead) return;
      await dataset.read(indices, buffer);
      isRead = true;
    },
    gram() {
      gram ??= gramMatrix(points(), K, D);
      return gram;
    },
  };
}

function labelsOf(indices: readonly number[], label: (index: number) => number): Int32Array {
  const labels = new Int32Array(indices.length);
  for (let k = 0; k < indices.length; k++) labels[k] = label(indices[k]!);
  return labels;
}

/** `drawUnread`, and reads the points. */
export async function drawBatch(
  dataset: Dataset,
  images: ImagePool,
  K: number,
  random: RandomStream,
): Promise<LabelledBatch> {
  const batch = drawUnread(dataset, images, K, random);
  await batch.read();
  return batch;
}

/** `X·Xᵀ` in doubles. @param points [K, D] row-major */
export function gramMatrix(points: Float32Array, K: number, D: number): Matrix {
  const gram = matrix(K, K);
  for (let i = 0; i < K; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += points[i * D + d]! * points[j * D + d]!;
      gram.data[i * K + j] = sum;
      gram.data[j * K + i] = sum;
    }
  }
  return gram;
}
