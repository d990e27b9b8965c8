import type { LoadMetricName } from '../../metrics/load.ts';
import type { Quality } from './answers.ts';
import { levels, liveColumns, type UnitMetric, type UnitValues, unitMetrics } from './format.ts';
import type { ServingRecord } from './recorder.ts';

/**
 * A quantile of sorted values: the smallest that a share `level` of them does not exceed. NaN where fewer than one value is to
 * be expected beyond it: then it would be the largest one, whatever that is.
 */
export function quantileOf(sorted: Float64Array, level: number): number {
  return sorted.length * (1 - level) < 1 - 1e-9 ? Number.NaN : plainQuantile(sorted, level);
}

/** The same for any number of values: the largest one where none is beyond. */
function plainQuantile(sorted: Float64Array, level: number): number {
  return sorted[Math.max(0, Math.ceil(level * sorted.length - 1e-9) - 1)]!;
}

/** What a real clock adds to a record. */
export interface LiveMeasures {
  /** Seconds, sorted. */
  readonly overheads: Float64Array;
  /** Share of tasks that got no answer. */
  readonly failed: number;
}

/** A percentile is drowned when the overhead's p99 is a larger share of it: then it says more of this machine than of the load. */
const drowningShare = 0.1;

/**
 * The numbers of a run of a load point.
 * @param deadline in seconds, where there is one
 * @param live of a real clock: percentiles that its overhead drowns are NaN
 */
export function unitValues(
  record: ServingRecord,
  quality: Quality,
  deadline: number | undefined,
  live?: LiveMeasures,
): UnitValues {
  const { latencies, cutOff, busy, tasks, utilisation } = record;
  const n = latencies.length;
  const sorted = latencies.slice().sort();
  const overhead = (level: number) => (live && live.overheads.length > 0 ? plainQuantile(live.overheads, level) : 0);
  const least = overhead(0.99) / drowningShare;
  const at = (level: number) => {
    const quantile = quantileOf(sorted, level);
    return quantile >= least ? quantile : Number.NaN;
  };
  const load: Record<LoadMetricName, number> = {
    p50_s: at(0.5),
    p95_s: at(0.95),
    p99_s: at(0.99),
    p999_s: at(0.999),
    latency_s: latencies.reduce((sum, latency) => sum + latency, 0) / n,
    within: deadline === undefined ? Number.NaN : 1 - cutOff,
    cut_off: cutOff,
    reconstructed: quality.reconstructed,
    tasks: tasks / n,
    worker_s: busy / n,
    utilisation,
    unstable: keepsGrowing(latencies, utilisation) ? 1 : 0,
  };
  const values: Record<UnitMetric, number> = {
    ...load,
    accuracy: quality.accuracy,
    base_accuracy: quality.baseAccuracy,
    relacc: quality.baseAccuracy > 0 ? quality.accuracy / quality.baseAccuracy : Number.NaN,
    agreement: quality.agreement,
  };
  const ofLive: Record<(typeof liveColumns)[number], number> | undefined = live && {
    overhead_p50_s: overhead(0.5),
    overhead_p99_s: overhead(0.99),
    failed: live.failed,
  };
  return Float64Array.from([
    ...unitMetrics.map((name) => values[name]),
    ...levels.map(at),
    ...(ofLive ? liveColumns.map((name) => ofLive[name]) : []),
  ]);
}

/**
 * Whether a queue did not settle: the workers are busy nearly all the time, and the median latency of the last fifth of the
 * requests is more than 1.5 times that of the second fifth.
 */
function keepsGrowing(latencies: Float64Array, utilisation: number): boolean {
  const fifth = Math.floor(latencies.length / 5);
  const median = (from: number) => quantileOf(latencies.slice(from, from + fifth).sort(), 0.5);
  return utilisation > 0.95 && median(latencies.length - fifth) > 1.5 * median(fifth);
}

/**
 * The fewest queries from which MLPerf LoadGen's early stopping lets a quantile be estimated: with one query over it, the odds
 * that the true share within is below `level` are at most 1 - `confidence` (MLPerf inference rules, "early stopping").
 */
export function fewestQueries(level: number, confidence = 0.99): number {
  const late = 1 - level;
  // P(at most one of n is late) if a share `late` is
  const odds = (n: number) => level ** n + n * late * level ** (n - 1);
  let n = 2;
  while (odds(n) > 1 - confidence) n++;
  return n;
}
