import { type BatchTruth, classes, inferenceMetrics } from './inference.ts';
import { locationMetrics } from './location.ts';
import type { Measurement } from './metric.ts';
import { servingMetrics } from './serving.ts';
import { type MetricName, metrics } from './table.ts';

/** A batch decoded under one pattern of faults. */
export interface DecodedBatch {
  /** [K, m] row-major */
  readonly outputs: Float64Array;
  readonly m: number;
  readonly truth: BatchTruth;
  /** [K], 1 where the query's own answer came; absent where every query is approximated. */
  readonly available?: Uint8Array | undefined;
  /** Set when the outputs only carry a class. */
  readonly classOnly?: boolean | undefined;
  /** Worker numbers that a locator excluded, and those that lied; absent where nobody looked for liars. */
  readonly located?: { readonly workers: Int32Array; readonly liars: Int32Array } | undefined;
  /** [K, m] decoded from the honest workers alone; absent where none lied. */
  readonly oracle?: Float64Array | undefined;
}

/**
 * The metrics of a decoded batch, in the order of `names`; NaN where one is not defined.
 * @param row written to, [names.length]
 */
export function measureBatch(batch: DecodedBatch, names: readonly MetricName[], row: Float64Array): void {
  const { outputs, m, truth, available, located, oracle } = batch;
  const measured: Measurement = {
    m,
    baseAccuracy: truth.baseAccuracy,
    classOnly: batch.classOnly === true,
    decoded: inferenceMetrics(outputs, truth, m),
    serving: once(() => servingMetrics(classes(outputs, m), truth.classes, truth.labels, available)),
    location: once(() => located && locationMetrics(located.workers, located.liars)),
    oracle: once(() => oracle && inferenceMetrics(oracle, truth, m)),
  };
  names.forEach((name, place) => {
    row[place] = metrics.get(name).of(measured) ?? Number.NaN;
  });
}

/** Computes at the first call. */
function once<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
