import { studentQuantile } from '../metrics/distributions.ts';
import { type MetricName, metrics } from '../metrics/table.ts';
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
const leastLosses = 30;

const overall = 0.05;
const growth = 1.5;

/** The numbers of trials after which a run is looked at; the last one is the cap. */
export function looks(minimum: number, most: number): number[] {
  const ends: number[] = [];
  for (let next = minimum; next < most; next = Math.ceil(next * growth)) ends.push(next);
  return [...ends, most];
}

/** What a look found of one quantity. */
export type Standing = 'precise' | 'decided' | 'open';

/**
 * Where each quantity stands.
 * @param look number of the look, from 1
 * @returns one standing a quantity; none is named twice
 */
export function standings(cells: readonly CellTrials[], until: Until, look: number): Standing[] {
  const quantities = quantitiesOf(cells, until);
  const alpha = (overall * 6) / (Math.PI * look) ** 2 / Math.max(1, quantities.length);
  return quantities.map(({ values, scale, share, isDifference }) => {
    const { n, mean, sem } = summarise(values);
    if (n < 2 || lossesOf(values) < leastLosses) return 'open';
    const half = sem * studentQuantile(1 - alpha, n - 1);
    if (half <= share * Math.abs(scale)) return 'precise';
    return isDifference && Math.abs(mean) > half ? 'decided' : 'open';
  });
}

/** What stopped a run, for `summary.csv`. */
export function stoppedBy(found: readonly Standing[]): 'precision' | 'decided' | 'undecided' {
  if (found.length === 0 || found.includes('open')) return 'undecided';
  return found.includes('decided') ? 'decided' : 'precision';
}

interface Quantity {
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
      if (reference === undefined) return [{ values, scale: summarise(values).mean, share, isDifference: false }];
      const other = cells.find(({ label, condition }) => label === reference && condition === cell.condition);
      if (!other || other === cell || cell.label === reference) return [];
      const base = other.values.get(metric)!;
      const differences = values.map((value, trial) => value - base[trial]!);
      return [{ values: differences, scale: summarise(base).mean, share, isDifference: true }];
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
