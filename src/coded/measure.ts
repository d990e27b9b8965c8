import type { Decoded } from '../codecs/codec.ts';
import { type BatchTruth, classes, inferenceMetrics } from '../metrics/inference.ts';
import { locationMetrics, servingMetrics } from '../metrics/serving.ts';
import { type MetricName, metricColumns } from '../metrics/table.ts';
import { DecodeFailure } from '../util/errors.ts';
import type { Plan } from './plan.ts';

/** One decoded batch and what is known of it. */
export interface Sample {
  readonly truth: BatchTruth;
  readonly decoded: Decoded;
  /** Workers that lied and those the locator excluded, where there is one. */
  readonly liars: Int32Array;
  readonly excluded?: Int32Array | undefined;
  /** Decoded from the honest workers alone, where some lied. */
  readonly oracle?: Decoded | undefined;
}

/** Values of metrics; one that is absent or undefined is not defined for the sample. */
export type Measured = { readonly [Name in MetricName]?: number | undefined };

/**
 * The metrics of a sample.
 * @param serving whether those of a prediction service are wanted
 * @throws DecodeFailure when the outputs are not finite
 */
export function measure({ truth, decoded, liars, excluded, oracle }: Sample, serving: boolean): Measured {
  const m = truth.outputs.length / truth.classes.length;
  const of = inferenceMetrics(decoded.outputs, truth, m);
  const squares = decoded.classOnly ? undefined : of.mse;
  if (squares !== undefined && !Number.isFinite(squares)) {
    throw new DecodeFailure('the decoded outputs are not finite');
  }
  const served = serving
    ? servingMetrics(classes(decoded.outputs, m), truth.classes, truth.labels, decoded.available)
    : undefined;
  const located = excluded && locationMetrics(excluded, liars);
  // one literal, not parts put together: this is the inner loop of a sweep of λ
  return {
    mse: squares,
    mse_per_output: squares === undefined ? undefined : squares / m,
    accuracy: of.accuracy,
    base_accuracy: truth.baseAccuracy,
    relacc: of.relacc,
    agreement: of.agreement,
    available: served?.available,
    degraded: served?.degraded,
    overall: served?.overall,
    unavailable: served?.unavailable,
    degraded_vs_base: served?.degraded_vs_base,
    locate_precision: located?.locate_precision,
    locate_recall: located?.locate_recall,
    oracle_accuracy: oracle && inferenceMetrics(oracle.outputs, truth, m).accuracy,
  };
}

/** The metrics of a plan, in column order: those every run has, and those its schemes and faults give a meaning. */
export function planMetrics(plan: Plan): MetricName[] {
  return metricColumns(applicableMetrics(plan));
}

/** The metrics a plan has besides those every run has. */
export function applicableMetrics(plan: Plan): MetricName[] {
  const systematic = plan.cells.some((cell) => cell.scheme.systematic);
  const byzantine = plan.conditions.some(({ E }) => E > 0);
  return [
    ...(systematic ? (['available', 'degraded', 'overall', 'unavailable', 'degraded_vs_base'] as const) : []),
    ...(byzantine ? (['locate_precision', 'locate_recall', 'oracle_accuracy'] as const) : []),
  ];
}
