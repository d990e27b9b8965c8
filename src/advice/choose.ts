import { studentQuantile } from '../metrics/distributions.ts';
import type { MetricName } from '../metrics/table.ts';
import { metrics } from '../metrics/table.ts';
import { fewestCarriers } from '../results/ratio.ts';

/** What was measured of a candidate with so many workers. */
export interface Measurement {
  readonly name: string;
  readonly N: number;
  readonly trials: number;
  readonly mean: number;
  /** Standard error of the mean over trials. */
  readonly sem: number;
  /** The largest mean that is rounding: nothing was lost where it is no larger. */
  readonly rounding: number;
  /** Trials besides in which nothing could be decoded. */
  readonly failed: number;
  /** Trials in which the faults that were asked for came: a law may leave all workers in peace. */
  readonly faulty: number;
  /** Whether no fault that was asked for can spoil an answer. */
  readonly isCertain: boolean;
  /** Whether some worker gets a query as it is. */
  readonly seesQuery: boolean;
  /** Seconds that the master takes for a batch, encoding and decoding together. */
  readonly master: number;
}

/** What has to be reached. */
export interface Goal {
  readonly metric: MetricName;
  readonly value: number;
}

export interface Judged extends Measurement {
  /** 95 % interval of the mean. */
  readonly low: number;
  readonly high: number;
  /**
   * `yes`: the whole interval reaches the goal, every trial was decoded, and enough trials lost something for the interval to hold;
   * `perhaps`: a part of it does.
   */
  readonly reaches: 'yes' | 'perhaps' | 'no';
}

/**
 * The interval of a measurement and how it stands to a goal. Losses may be rare, and an interval of Student's t rests on those that were
 * seen: that of a share goes down at least to the losses that so many queries would show one time in twenty, and a mean error that a
 * handful of trials carries is never sure.
 */
export function judge(measured: Measurement, goal: Goal, K: number): Judged {
  const { mean, sem, trials, failed } = measured;
  const { unit, better } = metrics.get(goal.metric);
  const half = trials > 1 ? sem * studentQuantile(0.95, trials - 1) : Number.POSITIVE_INFINITY;
  let [low, high] = [Math.max(0, mean - half), mean + half];
  if (measured.isCertain) [low, high] = [mean, mean];
  else if (unit === 'share')
    [low, high] = [Math.max(0, Math.min(low, 1 - mostLost(1 - mean, trials * K))), Math.min(1, high)];
  const sign = better === 'lower' ? -1 : 1;
  const good = (bound: number) => sign * bound >= sign * goal.value;
  const [worst, best] = sign > 0 ? [low, high] : [high, low];
  const reaches = good(worst) && failed === 0 && isSure(measured, goal) ? 'yes' : good(best) ? 'perhaps' : 'no';
  if (!isExact(goal)) return { ...measured, low, high, reaches };
  // the interval is of no use: a single error refutes the goal, and rounding is none
  return { ...measured, low, high, reaches: lossOf(measured, goal) > 0 ? 'no' : failed > 0 ? 'perhaps' : 'yes' };
}

/** What was lost in the mean: 0 where that is rounding, so that a code is treated as copies are that lose exactly nothing. */
function lossOf({ mean, rounding }: Measurement, { metric }: Goal): number {
  if (metrics.get(metric).better !== 'lower') return 1 - mean;
  return mean <= rounding ? 0 : mean;
}

/** Whether the goal is no error at all: a single one refutes it. */
export function isExact({ metric, value }: Goal): boolean {
  return value === 0 && metrics.get(metric).better === 'lower';
}

/** Whether the interval of a mean can be trusted. */
function isSure(measured: Measurement, goal: Goal): boolean {
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
export function carriedBy(measured: Measurement, goal: Goal): number | undefined {
  if (goal.metric === 'relacc') return undefined;
  const { sem, trials } = measured;
  const loss = lossOf(measured, goal);
  return loss <= 0 ? 0 : (trials * loss ** 2) / (loss ** 2 + (trials - 1) * sem ** 2);
}

/** Of some measurements, at least one, the one with the best mean; the first of those whose errors are rounding. */
function bestMean<T extends Measurement>(some: readonly T[], goal: Goal): T {
  return some.reduce((best, one) => (lossOf(one, goal) < lossOf(best, goal) ? one : best));
}

/** What comes nearest where nothing serves; where queries have to stay private, among what keeps them so if anything does. */
export function nearest(rows: readonly Judged[], goal: Goal, isPrivate: boolean): Judged | undefined {
  const keeping = rows.filter(({ seesQuery }) => !(isPrivate && seesQuery));
  const pool = keeping.length > 0 ? keeping : rows;
  return pool.length > 0 ? bestMean(pool, goal) : undefined;
}

/** The answer: the candidates in the order in which they are advised. */
export interface Advice {
  /** For each candidate the fewest workers that serve, else the fewest that reach the goal for sure, else the best that was tried. */
  readonly rows: readonly Judged[];
  /** The advised one; absent where nothing serves. */
  readonly best?: Judged;
}

/** Whether this can be advised: it reaches the goal for sure, and keeps queries to itself where that is asked for. */
export function serves({ reaches, seesQuery }: Judged, isPrivate: boolean): boolean {
  return reaches === 'yes' && !(isPrivate && seesQuery);
}

/**
 * Fewest workers first; of equally many the candidate that comes first in the list, which is the simplest one.
 * @param measured every candidate at every N, the candidates in the order of the list
 * @param isPrivate whether no worker may get a query as it is
 */
export function choose(measured: readonly Measurement[], goal: Goal, K: number, isPrivate = false): Advice {
  const judged = measured.map((one) => judge(one, goal, K));
  const names = [...new Set(judged.map(({ name }) => name))];
  const rows = names.map((name) => {
    const own = judged.filter((one) => one.name === name).sort((a, b) => a.N - b.N);
    const sure = own.find((row) => serves(row, isPrivate)) ?? own.find(({ reaches }) => reaches === 'yes');
    return sure ?? bestMean(own, goal);
  });
  const rank = (row: Judged) => (serves(row, isPrivate) ? row.N : Number.POSITIVE_INFINITY);
  const sorted = rows
    .map((row, place) => ({ row, place }))
    .sort((a, b) => (rank(a.row) === rank(b.row) ? a.place - b.place : rank(a.row) - rank(b.row)))
    .map(({ row }) => row);
  const [first] = sorted;
  return { rows: sorted, ...(first && serves(first, isPrivate) && { best: first }) };
}
