import type { MetricName } from '../metrics/table.ts';
import { metrics } from '../metrics/table.ts';
import { cellText, csvLine } from './csv.ts';
import { keyColumns, pairedColumns, summaryColumns } from './schema.ts';
import { pairedDifference, summarise } from './statistics.ts';

/** A cell of a finished run with the values of its trials. */
export interface CellTrials {
  /** Key columns in order, as text. */
  readonly key: readonly string[];
  /** Cells of one condition are paired with each other. */
  readonly condition: number;
  readonly label: string;
  /** By metric: one value a trial, NaN where undefined. */
  readonly values: ReadonlyMap<MetricName, Float64Array>;
}

/** Columns of a `summary.csv` beyond those that every run has. */
export interface MoreColumns {
  readonly columns: readonly string[];
  readonly of: (cell: CellTrials) => readonly string[];
}

/** The text of `summary.csv`. */
export function summaryCsv(cells: readonly CellTrials[], names: readonly MetricName[], more?: MoreColumns): string {
  const lines = cells.map((cell) => {
    const { key, values } = cell;
    const accuracy = values.get('accuracy')!;
    // defined in every trial that was decoded, with labels or without
    const trials = values.get('agreement')!.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
    const relaccUndefined = values
      .get('relacc')!
      .reduce((sum, value, trial) => sum + (Number.isNaN(value) && !Number.isNaN(accuracy[trial]!) ? 1 : 0), 0);
    const statistics = names.flatMap((name) => {
      const { mean, std, sem } = summarise(values.get(name)!);
      return [mean, std, sem].map(cellText);
    });
    return csvLine([...key, String(trials), ...statistics, String(relaccUndefined), ...(more?.of(cell) ?? [])]);
  });
  return [csvLine([...summaryColumns(names), ...(more?.columns ?? [])]), ...lines].map((line) => `${line}\n`).join('');
}

/**
 * The text of `paired.csv`: schemes of one condition against each other, metric by metric. Cells of one label (a sweep
 * over λ) are not compared among themselves. A key column in which the two differ is empty.
 */
export function pairedCsv(cells: readonly CellTrials[], names: readonly MetricName[]): string {
  const compared = names.filter((name) => metrics.get(name).better !== 'none');
  const schemeColumn = keyColumns.indexOf('scheme');
  const lines: string[] = [];
  cells.forEach((a, i) => {
    for (const b of cells.slice(i + 1)) {
      if (a.condition !== b.condition || a.label === b.label) continue;
      const key = a.key.map((field, column) => (field === b.key[column] ? field : ''));
      key.splice(schemeColumn, 1);
      for (const name of compared) {
        const { n, mean, sem, low, high } = pairedDifference(a.values.get(name)!, b.values.get(name)!);
        if (n === 0) continue;
        lines.push(csvLine([...key, a.label, b.label, name, String(n), ...[mean, sem, low, high].map(cellText)]));
      }
    }
  });
  return [csvLine(pairedColumns), ...lines].map((line) => `${line}\n`).join('');
}
