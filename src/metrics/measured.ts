import { type LoadMetric, type LoadMetricName, loadMetrics } from './load.ts';
import { type Metric, type MetricName, metrics } from './table.ts';
import { type TrainingMetric, type TrainingMetricName, trainingMetrics } from './training.ts';

/** All that a `summary.csv` can have columns for, of whatever kind its run is. */
export type MeasuredName = MetricName | TrainingMetricName | LoadMetricName;

/** What a measured column is. */
export type Measured = Metric | TrainingMetric<TrainingMetricName> | LoadMetric<LoadMetricName>;

/** Those of single kinds. */
const ofKinds: readonly Exclude<Measured, Metric>[] = [...trainingMetrics, ...loadMetrics];

/** Every measured column, in column order. */
export const measuredNames: readonly MeasuredName[] = [...metrics.names, ...ofKinds.map(({ name }) => name)];

/** Whether a column is over queries of each scheme's own, such as those it lost. */
export function isOverSomeQueries(metric: Measured): boolean {
  return 'someQueries' in metric;
}

export function measuredByName(name: MeasuredName): Measured {
  return metrics.find(name) ?? ofKinds.find((metric) => metric.name === name)!;
}
