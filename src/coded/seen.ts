import type { Model } from '../models/model.ts';
import type { CodedConfig } from './config.ts';
import type { ImagePool, LabelledBatch } from './draw.ts';

/** Outputs are remembered up to this many numbers: 16 MB. */
const mostNumbers = 2 ** 22;

/**
 * Whether a point may be taken to have the same bits whatever company it is in: models known by name, whose operators were looked at, on
 * the processor. No trial shows it of others: ELU in ONNX Runtime differs only for the last numbers of a call, and not for every one.
 */
export function isRowwise({ model, device }: Pick<CodedConfig, 'model' | 'device'>): boolean {
  return typeof model === 'string' && device === undefined;
}

/** Whether some queries of these trials must come again, and their outputs fit into memory. @param length of the data set */
export function repeats(trials: number, K: number, images: ImagePool, length: number, m: number): boolean {
  return trials * K > images.size && length * m <= mostNumbers;
}

type Queries = Pick<LabelledBatch, 'indices' | 'points' | 'K' | 'D'>;

/**
 * Infers the queries of batches, each image once: a trial that draws an image of an earlier one takes its outputs from there. Even of models
 * of `isRowwise` it is tried, since other processors add in other orders: the first batch of each size with such an image is
 * inferred as a whole, and a query must have the same outputs in it, in a half of it, alone and in the earlier batch. A model whose sums
 * depend on the company is asked for every batch as a whole.
 * @param length of the data set
 * @returns [K, m], valid until the next call
 */
export function inferringOnce(
  model: Pick<Model, 'infer' | 'outputs'>,
  length: number,
): (batch: Queries) => Promise<Float32Array> {
  const m = model.outputs;
  const isKnown = new Uint8Array(length);
  const known = new Float32Array(length * m);
  const tried = new Set<number>();
  let isExact = true;

  return async (batch) => {
    const { indices, points, K, D } = batch;
    if (!isExact) return model.infer(points, K);
    const comeAgain = indices.some((index) => isKnown[index]);
    if (!comeAgain || !tried.has(K)) {
      const whole = Float32Array.from(await model.infer(points, K));
      if (comeAgain) await tryOn(batch, whole);
      keep(indices, whole);
      return whole;
    }
    const missing = indices.flatMap((index, k) => (isKnown[index] ? [] : [{ index, k }]));
    if (missing.length > 0) {
      const fresh = new Float32Array(missing.length * D);
      missing.forEach(({ k }, i) => {
        fresh.set(points.subarray(k * D, (k + 1) * D), i * D);
      });
      keep(
        missing.map(({ index }) => index),
        await model.infer(fresh, missing.length),
      );
    }
    const answers = new Float32Array(K * m);
    indices.forEach((index, k) => {
      answers.set(known.subarray(index * m, (index + 1) * m), k * m);
    });
    return answers;
  };

  async function tryOn({ indices, points, K, D }: Queries, whole: Float32Array): Promise<void> {
    tried.add(K);
    indices.forEach((index, k) => {
      const row = (of: Float32Array, place: number) => of.subarray(place * m, (place + 1) * m);
      if (isKnown[index]) isExact &&= isSame(row(known, index), row(whole, k));
    });
    for (const count of new Set([1, Math.ceil(K / 2)])) {
      const part = await model.infer(points.subarray(0, count * D), count);
      isExact &&= isSame(part, whole.subarray(0, count * m));
    }
  }

  /** @param outputs [images, m] */
  function keep(images: readonly number[], outputs: Float32Array): void {
    images.forEach((index, i) => {
      isKnown[index] = 1;
      known.set(outputs.subarray(i * m, (i + 1) * m), index * m);
    });
  }
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return bytesOf(a).equals(bytesOf(b));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
