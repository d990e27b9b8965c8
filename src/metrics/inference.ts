import type { InferenceMetrics } from './measurement.ts';
import { metric } from './metric.ts';

/** Index of the largest entry of row `row`; the first one where several are equal. @param values [rows, m] row-major */
export function argmaxRow(values: Float64Array, row: number, m: number): number {
  const start = row * m;
  let best = start;
  for (let j = start + 1; j < start + m; j++) if (values[j]! > values[best]!) best = j;
  return best - start;
}

/** The class of each row. @param values [rows, m] row-major */
export function classes(values: Float64Array, m: number): Int32Array {
  return Int32Array.from({ length: values.length / m }, (_, row) => argmaxRow(values, row, m));
}

/** What is known of a batch apart from any scheme. */
export interface BatchTruth {
  /** `f(X)` [K, m] */
  readonly outputs: Float64Array;
  /** Class of each row of `outputs`. */
  readonly classes: Int32Array;
  /** The data's own labels; absent where it has none. */
  readonly labels?: Int32Array;
  /** Share of queries that the base model gets right; NaN without labels. */
  readonly baseAccuracy: number;
}

/**
 * The metrics of one decoded batch (theory: "Metrics").
 * @param decoded [K, m] row-major
 */
export function inferenceMetrics(decoded: Float64Array, truth: BatchTruth, m: number): InferenceMetrics {
  const K = truth.classes.length;
  let squares = 0;
  let largest = 0;
  let right = 0;
  let agreeing = 0;
  for (let k = 0; k < K; k++) {
    const start = k * m;
    let best = start;
    const before = squares;
    for (let j = start; j < start + m; j++) {
      const value = decoded[j]!;
      const difference = value - truth.outputs[j]!;
      squares += difference * difference;
      if (value > decoded[best]!) best = j;
    }
    largest = Math.max(largest, squares - before);
    if (best - start === truth.labels?.[k]) right++;
    if (best - start === truth.classes[k]) agreeing++;
  }
  return {
    mse: squares / K,
    largest,
    accuracy: truth.labels ? right / K : Number.NaN,
    relacc: truth.baseAccuracy > 0 ? right / K / truth.baseAccuracy : Number.NaN,
    agreement: agreeing / K,
  };
}

export const mse = metric({
  name: 'mse',
  label: 'MSE',
  unit: '',
  better: 'lower',
  runs: 'all',
  summary: 'squared error of a decoded output vector, mean over the K queries',
  of: ({ decoded, classOnly }) => (classOnly ? undefined : decoded.mse),
});

export const largestError = metric({
  name: 'largest_error',
  label: 'largest squared error',
  unit: '',
  better: 'lower',
  runs: 'noisy',
  summary: 'squared error of a decoded output vector, the largest of the K queries',
  of: ({ decoded, classOnly }) => (classOnly ? undefined : decoded.largest),
});

export const msePerOutput = metric({
  name: 'mse_per_output',
  label: 'MSE per output',
  unit: '',
  better: 'lower',
  runs: 'all',
  summary: 'mse divided by the number of outputs',
  of: ({ decoded, classOnly, m }) => (classOnly ? undefined : decoded.mse / m),
});

export const accuracy = metric({
  name: 'accuracy',
  label: 'accuracy',
  unit: 'share',
  better: 'higher',
  runs: 'all',
  summary: 'share of queries whose decoded output has the right class',
  of: ({ decoded }) => decoded.accuracy,
});

export const baseAccuracy = metric({
  name: 'base_accuracy',
  label: 'base accuracy',
  unit: 'share',
  better: 'none',
  runs: 'all',
  summary: 'accuracy of the uncoded model on the same queries',
  of: (measured) => measured.baseAccuracy,
});

export const relacc = metric({
  name: 'relacc',
  label: 'RelAcc',
  unit: 'share',
  better: 'higher',
  runs: 'all',
  summary: 'accuracy / base_accuracy; undefined where the base model has none right',
  of: ({ decoded }) => decoded.relacc,
});

export const agreement = metric({
  name: 'agreement',
  label: 'agreement',
  unit: 'share',
  better: 'higher',
  runs: 'all',
  summary: 'share of queries decoded to the class of the true output',
  of: ({ decoded }) => decoded.agreement,
});
