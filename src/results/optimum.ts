import type { MetricName } from '../metrics/table.ts';
import { groupBy } from '../util/group.ts';
import { cellText, csvLine } from './csv.ts';
import { fromBestColumns, keyColumns } from './schema.ts';
import { type PairedDifference, pairedDifference, summarise } from './statistics.ts';
import { type CellTrials, summaryCsv } from './summaries.ts';

/** How well determined the best λ pair of a grid is. All comparisons are paired over the tuning trials. */
export interface Optimum {
  readonly best: CellTrials;
  readonly mean: number;
  readonly sem: number;
  /** Every pair minus the best one. */
  readonly fromBest: ReadonlyMap<CellTrials, PairedDifference>;
  /** Smallest and largest λ_enc among the pairs that the trials cannot tell from the best (95 %). */
  readonly lambdaEnc: readonly [number, number];
  readonly lambdaDec: readonly [number, number];
  /** Share of all pairs of the grid that the trials cannot tell from the best: how flat the optimum is. */
  readonly flat: number;
  /**
   * Pair (0, 0) minus the best pair, with its 95 % interval; undefined when (0, 0) is not in the grid. The best pair was
   * chosen on these very trials, so this flatters it a little.
   */
  readonly gain: { readonly mean: number; readonly low: number; readonly high: number } | undefined;
}

/**
 * The best pair of a grid and how flat the metric is around it.
 * @param cells one a λ pair, of one scheme under one condition
 * @param metric `mse` (less is better) or `relacc` (more is better)
 * @returns undefined when no cell has the metric; pairs that failed in some trials are left out
 */
export function optimum(cells: readonly CellTrials[], metric: 'mse' | 'relacc'): Optimum | undefined {
  const sign = metric === 'mse' ? 1 : -1;
  const all = cells.map((cell) => ({ cell, ...summarise(cell.values.get(metric)!) }));
  // a pair that failed in some trials would be compared on the easier rest
  const most = Math.max(...all.map(({ n }) => n));
  const scored = all.filter(({ n, mean }) => n === most && !Number.isNaN(mean));
  const [first, ...rest] = scored;
  if (!first) return undefined;
  // of equal pairs the first one, that is the one with the smallest λ
  const best = rest.reduce((least, next) => (sign * next.mean < sign * least.mean ? next : least), first);
  const worse = (cell: CellTrials) => pairedDifference(cell.values.get(metric)!, best.cell.values.get(metric)!);
  const fromBest = new Map(scored.map(({ cell }) => [cell, worse(cell)]));
  const equal = [...fromBest].flatMap(([cell, difference]) => (isEqual(difference) ? [cell] : []));
  const at = (cell: CellTrials, column: LambdaColumn) => Number(cell.key[keyColumns.indexOf(column)]);
  const range = (column: LambdaColumn): [number, number] => {
    const values = equal.map((cell) => at(cell, column));
    return [Math.min(...values), Math.max(...values)];
  };
  const zero = cells.find((cell) => at(cell, 'lambda_enc') === 0 && at(cell, 'lambda_dec') === 0);
  return {
    best: best.cell,
    mean: best.mean,
    sem: best.sem,
    fromBest,
    lambdaEnc: range('lambda_enc'),
    lambdaDec: range('lambda_dec'),
    flat: equal.length / scored.length,
    gain: zero && worse(zero),
  };
}

/** An end of a grid at which the best λ lies, and the grid that goes on beyond it. */
export interface Border {
  readonly end: 'largest' | 'smallest';
  /** A grid of `count` values even in the logarithm, with 0 where the tried one has it. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly zero: boolean;
}

/** Steps that a new grid goes beyond the end of the one tried, and the largest ratio of a step. */
const beyond = 2;
const widest = 1e3;

/**
 * Whether a best λ lies at an end of its grid, so that a better one may lie beyond. λ = 0 is no end: nothing is smaller.
 * @param grid the values tried, at least 0
 * @returns undefined when it lies inside, or there was only one value
 */
export function borderOf(lambda: number, grid: readonly number[]): Border | undefined {
  const tried = [...new Set(grid)].sort((a, b) => a - b);
  const positive = tried.filter((value) => value > 0);
  const [least, most] = [positive[0], positive.at(-1)];
  if (tried.length < 2 || least === undefined || most === undefined) return undefined;
  const zero = tried[0] === 0;
  const count = positive.length + beyond;
  const far = (end: number, next = end / 10) => {
    const step = Math.min(Math.max(end / next, 1 / widest), widest);
    return Math.min(Math.max(Number((end * step ** beyond).toPrecision(6)), Number.MIN_VALUE), Number.MAX_VALUE);
  };
  if (lambda === most) return { end: 'largest', from: least, to: far(most, positive.at(-2)), count, zero };
  if (lambda === least && !zero) return { end: 'smallest', from: far(least, positive[1]), to: most, count, zero };
  return undefined;
}

/** Whether the trials cannot tell a pair from the best one (95 %). */
export function isEqual({ mean, low, high }: Pick<PairedDifference, 'mean' | 'low' | 'high'>): boolean {
  return mean === 0 || (low <= 0 && high >= 0);
}

/** The cells of each condition and scheme. */
export function surfacesOf(cells: readonly CellTrials[]): CellTrials[][] {
  return [...groupBy(cells, ({ condition, label }) => `${condition}/${label}`).values()];
}

/** The text of a surface's `summary.csv`: as that of a run, and how far each pair is from the best one of its surface. */
export function surfaceCsv(
  cells: readonly CellTrials[],
  names: readonly MetricName[],
  metric: 'mse' | 'relacc',
): string {
  const fromBest = new Map(surfacesOf(cells).flatMap((group) => [...(optimum(group, metric)?.fromBest ?? [])]));
  return summaryCsv(cells, names, {
    columns: fromBestColumns,
    of: (cell) => {
      const { mean, low, high } = fromBest.get(cell) ?? { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
      return [mean, low, high].map(cellText);
    },
  });
}

type LambdaColumn = 'lambda_enc' | 'lambda_dec';

const optimumColumns = [
  ...keyColumns,
  'metric',
  'mean',
  'sem',
  'lambda_enc_low',
  'lambda_enc_high',
  'lambda_dec_low',
  'lambda_dec_high',
  'flat_share',
  'gain_over_zero',
  'gain_low',
  'gain_high',
];

/** The text of `optimum.csv`: a row a condition and scheme. */
export function optimumCsv(cells: readonly CellTrials[], metric: 'mse' | 'relacc'): string {
  const lines = surfacesOf(cells).flatMap((group) => {
    const found = optimum(group, metric);
    if (!found) return [];
    const { best, mean, sem, lambdaEnc, lambdaDec, flat, gain } = found;
    const numbers = [mean, sem, ...lambdaEnc, ...lambdaDec, flat];
    const gains = gain ? [gain.mean, gain.low, gain.high] : [Number.NaN, Number.NaN, Number.NaN];
    return [csvLine([...best.key, metric, ...[...numbers, ...gains].map(cellText)])];
  });
  return [csvLine(optimumColumns), ...lines].map((line) => `${line}\n`).join('');
}
