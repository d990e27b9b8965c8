import type { Plan } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { metricColumns } from '../../results/schema.ts';

/** Metrics of a plan: those every run has, and those its schemes and faults give a meaning. */
export function planMetrics(plan: Plan): MetricName[] {
  return metricColumns(applicableMetrics(plan));
}

/** The metrics a run has besides those every run has. */
export function applicableMetrics(plan: Plan): MetricName[] {
  const systematic = plan.cells.some((cell) => cell.scheme.systematic);
  const byzantine = plan.conditions.some(({ E }) => E > 0);
  return [
    ...(systematic ? (['available', 'degraded', 'overall', 'unavailable', 'degraded_vs_base'] as const) : []),
    ...(byzantine ? (['locate_precision', 'locate_recall', 'oracle_accuracy'] as const) : []),
  ];
}
