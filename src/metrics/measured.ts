import { type Metric, type MetricName, metricByName, metrics } from './table.ts';
import { type TrainingMetric, type TrainingMetricName, trainingMetrics } from './training.ts';

/** All that a `summary.csv` can have columns for, of whatever kind its run is. */
export type MeasuredName = MetricName | TrainingMetricName;

/** Every measured column, in column order. */
export const measuredNames: readonly MeasuredName[] = [...metrics, ...trainingMetrics].map(({ name }) => name);

/** What a measured column is. */
export type Measured = Metric | TrainingMetric<TrainingMetricName>;

export function measuredByName(name: MeasuredName): Measured {
  return metricByName(name) ?? trainingMetrics.find((metric) => metric.name === name)!;
}
