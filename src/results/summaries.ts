import { type MeasuredName, measuredByName } from '../metrics/measured.ts';
import type { MetricName } from '../metrics/table.ts';
import { groupBy } from '../util/group.ts';
import { cellText, csvLine } from './csv.ts';
import { keyColumns, pairedColumns, sideKeys, summaryColumns } from './schema.ts';
import { pairedDifference, summarise } from './statistics.ts';

/** A cell of a finished run with the values of its trials. */
export interface CellTrials {
  /** Key columns in order, as text. */
  readonly key: readonly string[];
  /** Cells of one condition are paired with each other. */
  readonly condition: number;
  readonly label: string;
  /** By metric: one value a trial, NaN where undefined. They may come from a file: hold few at a time. */
  readonly values: { get(name: MeasuredName): Float64Array | undefined };
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

/** Most cells of one scheme under one condition that are all compared with each other: 120 pairs. */
const mostAllPairs = 16;

/**
 * The text of `paired.csv`: the cells of one condition against each other, metric by metric. Of a scheme with more than 16
 * cells there (a surface over λ) each is compared with the scheme's first one only, and with those of another such scheme at
 * the same λ only: the pairs grow with the square. A key column in which the two differ is empty; columns of either side
 * follow at the end.
 */
export function pairedCsv(cells: readonly CellTrials[], names: readonly MeasuredName[]): string {
  const compared = names.filter((name) => measuredByName(name).better !== 'none');
  const schemeColumn = keyColumns.indexOf('scheme');
  const sideColumns = sideKeys.map((column) => keyColumns.indexOf(column));
  const lines: string[] = [];
  for (const [a, b] of cellPairs(cells)) {
    const key = a.key.map((field, column) => (field === b.key[column] ? field : ''));
    key.splice(schemeColumn, 1);
    const sides = sideColumns.flatMap((column) => [a.key[column]!, b.key[column]!]);
    for (const name of compared) {
      const { n, mean, sem, low, high } = pairedDifference(a.values.get(name)!, b.values.get(name)!);
      if (n === 0) continue;
      const numbers = [mean, sem, low, high].map(cellText);
      lines.push(csvLine([...key, a.label, b.label, name, String(n), ...numbers, ...sides]));
    }
  }
  return [csvLine(pairedColumns), ...lines].map((line) => `${line}\n`).join('');
}

/** The cells that are compared, in the order of the first and then of the second one. */
function cellPairs(cells: readonly CellTrials[]): [CellTrials, CellTrials][] {
  const ofScheme = groupBy(cells, schemeOf);
  const ofCondition = groupBy(cells, ({ condition }) => condition);
  const isOfSurface = (cell: CellTrials) => ofScheme.get(schemeOf(cell))!.length > mostAllPairs;
  const isCompared = (a: CellTrials, b: CellTrials) => {
    if (a.label === b.label) return !isOfSurface(a) || a === ofScheme.get(schemeOf(a))![0];
    return !isOfSurface(a) || !isOfSurface(b) || lambdaColumns.every((column) => a.key[column] === b.key[column]);
  };
  return cells.flatMap((a) => {
    const members = ofCondition.get(a.condition)!;
    return members
      .slice(members.indexOf(a) + 1)
      .filter((b) => isCompared(a, b))
      .map((b): [CellTrials, CellTrials] => [a, b]);
  });
}

const lambdaColumns = (['lambda_enc', 'lambda_dec'] as const).map((column) => keyColumns.indexOf(column));

function schemeOf({ condition, label }: CellTrials): string {
  return `${condition}/${label}`;
}
