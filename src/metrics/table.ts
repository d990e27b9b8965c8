import { type Registry, registry } from '../util/registry.ts';
import { accuracy, agreement, baseAccuracy, largestError, mse, msePerOutput, relacc } from './inference.ts';
import { locatePrecision, locateRecall, oracleAccuracy } from './location.ts';
import type { Metric as MetricObject } from './metric.ts';
import { amplification } from './parity.ts';
import { available, degraded, degradedVsBase, overall, unavailable } from './serving.ts';

const table = [
  mse,
  msePerOutput,
  accuracy,
  baseAccuracy,
  relacc,
  agreement,
  available,
  degraded,
  overall,
  unavailable,
  degradedVsBase,
  locatePrecision,
  locateRecall,
  oracleAccuracy,
  amplification,
  largestError,
] as const;

export type MetricName = (typeof table)[number]['name'];
export type Metric = MetricObject<MetricName>;

/** Every metric; their order is that of the columns in every file. A new metric is one file and one line here. */
export const metrics: Registry<Metric> = registry('metric', table);

/** Metric columns of a run: those every run has and the ones named, in the order of the table. */
export function metricColumns(applicable: Iterable<MetricName> = []): MetricName[] {
  const named = new Set(applicable);
  return metrics.entries.filter(({ name, runs }) => runs === 'all' || named.has(name)).map(({ name }) => name);
}

/** The metrics that trials have besides those every run has. */
export function applicableMetrics(run: {
  readonly systematic: boolean;
  readonly byzantine: boolean;
  readonly noisy: boolean;
}): MetricName[] {
  return metrics.entries.filter(({ runs }) => runs !== 'all' && runs !== 'parity' && run[runs]).map(({ name }) => name);
}
