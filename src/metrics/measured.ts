import { type Metric, type MetricName, metrics } from './table.ts';
import { type TrainingMetric, type TrainingMetricName, trainingMetrics } from './training.ts';

/** All that a `summary.csv` can have columns for, of whatever kind its run is. */
export type MeasuredName = MetricName | TrainingMetricName;

/** What a measured column is. */
export type Measured = Metric | TrainingMetric<TrainingMetricName>;

/** Every measured column, in column order. */
export const measuredNames: readonly MeasuredName[] = [...metrics.names, ...trainingMetrics.map(({ name }) => name)];

export function measuredByName(name: MeasuredName): Measured {
  return metrics.find(name) ?? trainingMetrics.find((metric) => metric.name === name)!;
}
