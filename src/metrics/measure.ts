import { type BatchTruth, classes, inferenceMetrics } from './inference.ts';
import { locationMetrics } from './location.ts';
import type { Measurement } from './measurement.ts';
import { servingMetrics } from './serving.ts';
import { type MetricName, metrics } from './table.ts';

/** One decoded batch and what is known of it. */
export interface Sample {
  readonly truth: BatchTruth;
  readonly decoded: {
    /** [K, m] row-major */
    readonly outputs: Float64Array;
    /** [K], 1 where the query's own answer came; absent where every query is approximated. */
    readonly available?: Uint8Array;
    /** Set when the outputs only carry a class. */
    readonly classOnly?: boolean;
  };
  /** Workers that lied and those the locator excluded, where there is one. */
  readonly liars: Int32Array;
  readonly excluded?: Int32Array | undefined;
  /** Decoded from the honest workers alone, where some lied. */
  readonly oracle?: { readonly outputs: Float64Array } | undefined;
}

/** Values of metrics; one that is absent or undefined is not defined for the sample. */
export type Measured = { readonly [Name in MetricName]?: number | undefined };

/** The metrics of these names of a sample. */
export function measureSample(
  { truth, decoded, liars, excluded, oracle }: Sample,
  names: readonly MetricName[],
): Measured {
  const m = truth.outputs.length / truth.classes.length;
  const measurement: Measurement = {
    m,
    baseAccuracy: truth.baseAccuracy,
    classOnly: decoded.classOnly === true,
    decoded: inferenceMetrics(decoded.outputs, truth, m),
    serving: once(() => servingMetrics(classes(decoded.outputs, m), truth.classes, truth.labels, decoded.available)),
    location: once(() => excluded && locationMetrics(excluded, liars)),
    oracle: once(() => oracle && inferenceMetrics(oracle.outputs, truth, m)),
  };
  const measured: { [Name in MetricName]?: number | undefined } = {};
  for (const name of names) measured[name] = metrics.get(name).of(measurement);
  return measured;
}

/** Computes at the first call. */
function once<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
