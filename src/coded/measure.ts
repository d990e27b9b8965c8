import { type Measured, measureSample, type Sample } from '../metrics/measure.ts';
import { applicableMetrics, type MetricName, metricColumns } from '../metrics/table.ts';
import { DecodeFailure } from '../util/errors.ts';
import type { Plan } from './plan.ts';

/**
 * The metrics of a decoded batch.
 * @param names those that are wanted
 * @throws DecodeFailure when the outputs are not finite
 */
export function measure(sample: Sample, names: readonly MetricName[]): Measured {
  const measured = measureSample(sample, names);
  if (!sample.decoded.classOnly && !Number.isFinite(measured.mse)) {
    throw new DecodeFailure('the decoded outputs are not finite');
  }
  return measured;
}

/** The metrics of a plan, in column order: those every run has, and those its schemes and faults give a meaning. */
export function planMetrics(plan: Plan): MetricName[] {
  const systematic = plan.cells.some((cell) => cell.scheme.systematic);
  const byzantine = plan.conditions.some(({ E }) => E > 0);
  const noisy = plan.conditions.some(({ noise }) => noise !== undefined);
  return metricColumns(applicableMetrics({ systematic, byzantine, noisy }));
}
