import type { Plan } from '../../coded/plan.ts';
import { type MetricName, metricColumns, applicableMetrics as metricsOf } from '../../metrics/table.ts';
import type { Journal } from '../../results/journal.ts';
import { keyColumns, trialColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import { type TrialFormat, trialFormat } from '../../results/trials.ts';
import type { ExperimentConfig } from './config.ts';

/** Metrics of a plan: those every run has, and those its schemes and faults give a meaning. */
export function planMetrics(plan: Plan): MetricName[] {
  return metricColumns(applicableMetrics(plan));
}

/** The metrics a run has besides those every run has. */
export function applicableMetrics(plan: Plan): MetricName[] {
  return metricsOf({
    systematic: plan.cells.some(({ scheme }) => scheme.systematic === true),
    byzantine: plan.conditions.some(({ E }) => E > 0),
  });
}

/** How the trials of a plan stand in a file. */
export interface StageFormat {
  /** Key columns of each cell, as text. */
  readonly keys: readonly (readonly string[])[];
  readonly format: TrialFormat;
  readonly metricNames: readonly MetricName[];
}

export function stageFormat(
  config: ExperimentConfig,
  plan: Plan,
  names: { model: string; dataset: string },
): StageFormat {
  const metricNames = planMetrics(plan);
  const keys = plan.cells.map((cell) => {
    const fields: Record<string, string> = { experiment: config.name, ...names, ...cell.key };
    return keyColumns.map((column) => fields[column]!);
  });
  return { keys, metricNames, format: trialFormat(trialColumns(metricNames), keys, 1 + metricNames.length) };
}

/** The trials of a complete journal by cell and metric. */
export function cellTrials(
  plan: Plan,
  { keys, metricNames }: StageFormat,
  trials: readonly number[],
  journal: Journal,
): CellTrials[] {
  const columns = 1 + metricNames.length;
  return plan.cells.map((cell) => ({
    key: keys[cell.index]!,
    condition: cell.condition,
    label: cell.entry.label,
    values: new Map(
      metricNames.map((name, metric) => [
        name,
        Float64Array.from(trials, (trial) => journal.trials.get(trial)![cell.index * columns + 1 + metric]!),
      ]),
    ),
  }));
}
