import { studentQuantile } from '../metrics/distributions.ts';
import { type MetricName, metrics } from '../metrics/table.ts';
import { fewestCarriers } from './ratio.ts';
import { notMeasured, type SummaryRow } from './read.ts';

/** Whether a mean reaches what somebody wants of it, for sure or perhaps. */

/** What has to be reached: `relacc` of at least 0.99, `mse` of at most 5. */
export interface Goal {
  readonly metric: MetricName;
  readonly value: number;
}

/** What the trials of a cell say of a metric. */
interface Evidence {
  readonly mean: number;
  /** Standard error of the mean over trials. */
  readonly sem: number;
  /** Trials in which the metric has a value: those that count. */
  readonly trials: number;
  /** Trials besides that were decoded, and in which it has none: RelAcc where the model has no query right. */
  readonly without: number;
  /** Of a share: how many were counted in all these trials, such as the queries that the model has right. */
  readonly queries: number;
}

export interface Measured extends Evidence {
  /** The largest mean that is rounding: nothing was lost where it is no larger. */
  readonly rounding: number;
  /** Trials besides in which nothing could be decoded. */
  readonly failed: number;
  /** Trials in which the faults that were asked for came: a law may leave all workers in peace. */
  readonly faulty: number;
  /** Whether no fault that was asked for can spoil an answer. */
  readonly isCertain: boolean;
}

export interface Verdict {
  /** 95 % interval of the mean. */
  readonly low: number;
  readonly high: number;
  /**
   * `yes`: the whole interval reaches the goal, every trial was decoded, and enough trials lost something for the interval to hold;
   * `perhaps`: a part of it does.
   */
  readonly reaches: 'yes' | 'perhaps' | 'no';
}

/** What a row of a summary says of a metric. */
export function evidenceOf(row: SummaryRow, metric: MetricName): Evidence {
  const { mean, std, sem } = row.metrics.get(metric) ?? notMeasured;
  const queries = countedIn(row, metric);
  const trials = metric === 'relacc' ? row.trials - row.relaccUndefined : (valuesBehind(std, sem) ?? queries);
  const known = Math.min(row.trials, Math.floor(trials));
  return { mean, sem, trials: known, without: row.trials - known, queries };
}

/** How many values have such a deviation and standard error; undefined where all are the same. */
function valuesBehind(std: number, sem: number): number | undefined {
  return sem > 0 ? Math.round((std / sem) ** 2) : undefined;
}

/** How many a share is of, over all trials: queries, where not all count those that do. */
function countedIn({ key: { K, E }, trials, metrics }: SummaryRow, metric: MetricName): number {
  const all = trials * (K ?? 1);
  const share = (name: MetricName, absent: number) => {
    const mean = metrics.get(name)?.mean ?? Number.NaN;
    return Number.isFinite(mean) ? mean : absent;
  };
  if (metric === 'relacc') return all * share('base_accuracy', 1);
  if (metric === 'available') return all * (1 - share('unavailable', 0));
  if (metric === 'degraded' || metric === 'degraded_vs_base') return all * share('unavailable', 1);
  if (metric === 'locate_precision' || metric === 'locate_recall') return trials * (E ?? 0);
  return all;
}

/** Whether so many late and lying workers leave each query an honest majority of its copies; those of two queries differ by at most one. */
export function copiesAreExact({ K, S, E }: { readonly K: number; readonly S: number; readonly E: number }, N: number) {
  return Math.floor(N / K) >= S + 2 * E + 1;
}

/**
 * The interval of a measurement and how it stands to a goal. Losses may be rare, and an interval of Student's t rests on those that were
 * seen: that of a share goes down at least to the losses that so many queries would show one time in twenty, and a mean error that a
 * handful of trials carries is never sure.
 */
export function judge<T extends Measured>(measured: T, goal: Goal): T & Verdict {
  const { mean, sem, trials, failed, queries } = measured;
  const { unit, better } = metrics.get(goal.metric);
  const half = trials > 1 ? sem * studentQuantile(0.95, trials - 1) : Number.POSITIVE_INFINITY;
  let [low, high] = [Math.max(0, mean - half), mean + half];
  if (measured.isCertain) [low, high] = [mean, mean];
  else if (unit === 'share')
    [low, high] = [Math.max(0, Math.min(low, 1 - mostLost(1 - mean, queries))), Math.min(1, high)];
  const sign = better === 'lower' ? -1 : 1;
  const good = (bound: number) => sign * bound >= sign * goal.value;
  const [worst, best] = sign > 0 ? [low, high] : [high, low];
  const reaches = good(worst) && failed === 0 && isSure(measured, goal) ? 'yes' : good(best) ? 'perhaps' : 'no';
  if (!isExact(goal)) return { ...measured, low, high, reaches };
  // the interval is of no use: a single error refutes the goal, and rounding is none
  return { ...measured, low, high, reaches: lossOf(measured, goal) > 0 ? 'no' : failed > 0 ? 'perhaps' : 'yes' };
}

/** What was lost in the mean: 0 where that is rounding, so that a code is treated as copies are that lose exactly nothing. */
export function lossOf({ mean, rounding }: Measured, { metric }: Goal): number {
  if (metrics.get(metric).better !== 'lower') return 1 - mean;
  return mean <= rounding ? 0 : mean;
}

/** Whether the goal is no error at all: a single one refutes it. */
export function isExact({ metric, value }: Goal): boolean {
  return value === 0 && metrics.get(metric).better === 'lower';
}

/** Whether the interval of a mean can be trusted. */
function isSure(measured: Measured, goal: Goal): boolean {
  if (measured.isCertain || isExact(goal) || metrics.get(goal.metric).unit === 'share') return true;
  const carriers = carriedBy(measured, goal);
  // an error that is there in all trials says nothing of the one that a fault makes
  return (carriers === undefined || carriers >= fewestCarriers) && measured.faulty >= fewestCarriers;
}

/** More losses than so many are left to the interval of their mean. */
const manyLosses = 100;

/** The share of losses under which so few as were seen come one time in twenty. @param share of the queries that was lost */
function mostLost(share: number, queries: number): number {
  const seen = Math.ceil(Math.max(0, share) * queries - 1e-6);
  if (seen > manyLosses) return share;
  const soFew = (rate: number) => {
    let term = Math.exp(-rate);
    let sum = term;
    for (let count = 1; count <= seen; count++) {
      term *= rate / count;
      sum += term;
    }
    return sum;
  };
  let [low, high] = [seen, 2 * seen + 10];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (soFew(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high / queries;
}

/**
 * How many trials carry the loss of a measurement, from its mean and standard error alone: Kish's effective number `(Σx)² / Σx²`
 * of what the trials lost; 0 where none lost more than rounding. It counts only where every x is at least 0: a trial's RelAcc may be above 1,
 * when coding happens to mend what the model gets wrong, and then nothing is said.
 */
export function carriedBy(measured: Measured, goal: Goal): number | undefined {
  if (goal.metric === 'relacc') return undefined;
  const { sem, trials } = measured;
  const loss = lossOf(measured, goal);
  return loss <= 0 ? 0 : (trials * loss ** 2) / (loss ** 2 + (trials - 1) * sem ** 2);
}

/** In words: the trials that count, and those that do not. */
export function trialsText({ trials, without, failed }: Measured, label: string): string {
  return [
    String(trials),
    ...(without > 0 ? [`${without} without ${label}`] : []),
    ...(failed > 0 ? [`${failed} not decoded`] : []),
  ].join('; ');
}
