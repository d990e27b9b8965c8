import type { MetricName } from '../../metrics/table.ts';
import { atTheEnd, type Training, trainingMetrics } from '../../metrics/training.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import { metricColumns, summaryColumns } from '../../results/schema.ts';
import { type Summary, summarise } from '../../results/statistics.ts';
import type { UnitResults } from '../../runs/stage.ts';
import type { Baseline } from './baseline.ts';
import { type TrainingCell, unitId } from './cells.ts';
import type { TrainingRows } from './format.ts';
import type { Iteration } from './train.ts';

/** A training as its rows say. */
interface CellTraining extends Training {
  readonly iterations: readonly Iteration[];
}

/** A cell with its trainings, one a trial. */
export interface CellResult {
  readonly cell: TrainingCell;
  /** Key columns as text. */
  readonly key: readonly string[];
  readonly trials: readonly CellTraining[];
}

/** The trainings of a complete stage by cell. @param keys key columns of each cell as text */
export function cellResults(
  cells: readonly TrainingCell[],
  keys: readonly (readonly string[])[],
  trials: number,
  results: UnitResults<TrainingRows>,
): CellResult[] {
  const training = (cell: TrainingCell, trial: number): CellTraining => {
    const { result, failures } = results.get(unitId(cell, trial))!;
    return { iterations: result, stopped: failures.length > 0 };
  };
  return cells.map((cell, place) => ({
    cell,
    key: keys[place]!,
    trials: Array.from({ length: trials }, (_, trial) => training(cell, trial)),
  }));
}

/** Accuracy on the test points after the last iteration; NaN of a training that stopped. */
export const finalAccuracy = atTheEnd(({ accuracy }) => accuracy);

const statistics = ({ mean, std, sem }: Summary) => [mean, std, sem].map(cellText);

/** `summary.csv`: the columns of every run (most of them empty: no queries are decoded), then those of training. */
export function summaryText(results: readonly CellResult[], { fixedPointAccuracy }: Baseline): string {
  const header = [
    ...summaryColumns(),
    ...trainingMetrics.flatMap(({ name }) => [`${name}_mean`, `${name}_std`, `${name}_sem`]),
  ];
  const rows = results.map(({ key, trials }) => {
    const accuracy = trials.map(finalAccuracy);
    const shared = new Map<MetricName, number[]>([
      ['accuracy', accuracy],
      ['base_accuracy', trials.map(() => fixedPointAccuracy)],
      ['relacc', accuracy.map((value) => value / fixedPointAccuracy)],
    ]);
    return [
      ...key,
      String(trials.length),
      ...metricColumns().flatMap((name) => statistics(summarise(shared.get(name) ?? []))),
      '0',
      ...trainingMetrics.flatMap((metric) => statistics(summarise(trials.map(metric.of)))),
    ];
  });
  return csvText(header, rows);
}

/** A whole CSV file. */
export function csvText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => `${csvLine(row)}\n`).join('');
}
