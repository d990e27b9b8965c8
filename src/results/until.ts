import { studentQuantile } from '../metrics/distributions.ts';
import { type MetricName, metrics } from '../metrics/table.ts';
import { groupBy } from '../util/group.ts';
import { summarise } from './statistics.ts';
import type { CellTrials } from './summaries.ts';

/**
 * When a run has answered its question. The values are looked at after a fixed number of trials, at look 1, 2, …; each look is
 * corrected for all looks there may ever be and for the number of quantities, so that the cap and the machine change nothing:
 * `α_j = 0.05 · 6/(π² j²) / quantities`, whose sum over all looks is 0.05 (Bonferroni).
 */

/** What a run waits for. Plain data. */
export interface Until {
  /** Largest half-width by metric, as a share of the reference's mean. */
  readonly precision: Readonly<Partial<Record<MetricName, number | undefined>>>;
  /** Label of the scheme that the others are compared with; absent: every mean is a quantity of its own. */
  readonly reference?: string | undefined;
  /** Trials of the first look. */
  readonly minimum: number;
}

/** Trials that have to differ from the most frequent value: with fewer a rare loss may not have been seen enough. */
export const leastLosses = 30;

const overall = 0.05;
const growth = 1.5;

/** The numbers of trials after which a run is looked at; the last one is the cap. */
export function looks(minimum: number, most: number): number[] {
  const ends: number[] = [];
  for (let next = minimum; next < most; next = Math.ceil(next * growth)) ends.push(next);
  return [...ends, most];
}

/**
 * What a look found of one quantity. The last three are why a run goes on: too few trials differ, the interval of a mean is
 * wider than asked, that of a difference is so and holds 0.
 */
export type Standing = 'precise' | 'decided' | 'few' | 'wide' | 'unclear';

/**
 * Where each quantity stands.
 * @param look number of the look, from 1
 * @returns one standing a quantity; none is named twice
 */
export function standings(cells: readonly CellTrials[], until: Until, look: number): Standing[] {
  return judged(cells, until, look).map(({ standing }) => standing);
}

/**
 * What holds a run up, for `summary.csv`.
 * @returns by cell such as `mse wide 7.1%/5%; relacc few 12/30`: the half-width beside the one asked for, as shares of the
 * mean, or how many trials differ; without those that nothing is missing of
 */
export function heldUpBy(cells: readonly CellTrials[], until: Until, look: number): Map<CellTrials, string> {
  const open = judged(cells, until, look).filter(({ standing }) => isOpen(standing));
  return new Map(
    [...groupBy(open, ({ cell }) => cell)].map(([cell, found]) => [
      cell,
      found.map(({ metric, standing, reached }) => `${metric} ${standing} ${reached}`).join('; '),
    ]),
  );
}

interface Judged {
  readonly cell: CellTrials;
  readonly metric: MetricName;
  readonly standing: Standing;
  /** How far an open one is, beside what is asked: `7.1%/5%` of the mean, `12/30` trials that differ. */
  readonly reached: string;
}

function judged(cells: readonly CellTrials[], until: Until, look: number): Judged[] {
  const quantities = quantitiesOf(cells, until);
  const alpha = (overall * 6) / (Math.PI * look) ** 2 / Math.max(1, quantities.length);
  return quantities.map(({ cell, metric, values, scale, share, isDifference }): Judged => {
    const { n, mean, sem } = summarise(values);
    const losses = lossesOf(values);
    if (n < 2 || losses < leastLosses) return { cell, metric, standing: 'few', reached: `${losses}/${leastLosses}` };
    const half = sem * studentQuantile(1 - alpha, n - 1);
    const found = (standing: Standing) => ({
      cell,
      metric,
      standing,
      reached: widthText(half / Math.abs(scale), share),
    });
    if (half <= share * Math.abs(scale)) return found('precise');
    if (!isDifference) return found('wide');
    return found(Math.abs(mean) > half + unseen(values, mean, alpha) ? 'decided' : 'unclear');
  });
}

/** A half-width beside the one asked for, `7.1%/5%`, with as many digits as tell it from that. */
function widthText(width: number, asked: number): string {
  const target = Number((100 * asked).toPrecision(12));
  if (!Number.isFinite(width)) return `inf/${target}%`; // of a mean of 0
  let digits = 2;
  while (digits < 12 && width > asked && Number((100 * width).toPrecision(digits)) <= target) digits++;
  return `${Number((100 * width).toPrecision(digits))}%/${target}%`;
}

/**
 * What trials of a kind that did not come yet may add to a mean: with probability `alpha` none of a kind is among `n` that comes in a
 * share `-log(alpha) / n` of all. Such a trial is taken to be as far from the mean as the farthest that was seen. Without it a few trials
 * of a long tail decide a difference, while those that carry it are still to come.
 */
function unseen(values: Float64Array, mean: number, alpha: number): number {
  let farthest = 0;
  let n = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    farthest = Math.max(farthest, Math.abs(value - mean));
    n++;
  }
  return (-Math.log(alpha) * farthest) / n;
}

function isOpen(standing: Standing): boolean {
  return standing !== 'precise' && standing !== 'decided';
}

/** What stopped a run, for `summary.csv`. */
export function stoppedBy(found: readonly Standing[]): 'precision' | 'decided' | 'undecided' {
  if (found.length === 0 || found.some(isOpen)) return 'undecided';
  return found.includes('decided') ? 'decided' : 'precision';
}

interface Quantity {
  readonly cell: CellTrials;
  readonly metric: MetricName;
  /** One a trial. */
  readonly values: Float64Array;
  /** The mean that its half-width is a share of. */
  readonly scale: number;
  readonly share: number;
  readonly isDifference: boolean;
}

function quantitiesOf(cells: readonly CellTrials[], { precision, reference }: Until): Quantity[] {
  const wanted = metrics.names.flatMap((name) => {
    const share = precision[name];
    return share === undefined ? [] : [{ metric: name, share }];
  });
  return wanted.flatMap(({ metric, share }) =>
    cells.flatMap((cell): Quantity[] => {
      const values = cell.values.get(metric)!;
      if (reference === undefined)
        return [{ cell, metric, values, scale: summarise(values).mean, share, isDifference: false }];
      const other = cells.find(({ label, condition }) => label === reference && condition === cell.condition);
      if (!other || other === cell || cell.label === reference) return [];
      const base = other.values.get(metric)!;
      const differences = values.map((value, trial) => value - base[trial]!);
      return [{ cell, metric, values: differences, scale: summarise(base).mean, share, isDifference: true }];
    }),
  );
}

/** Trials whose value is not the most frequent one. */
function lossesOf(values: Float64Array): number {
  const counts = new Map<number, number>();
  let defined = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    defined++;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return most === 1 ? defined : defined - most;
}
