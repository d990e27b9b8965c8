import { normalTwoSided } from '../metrics/distributions.ts';
import { type Measured, type MeasuredName, measuredByName } from '../metrics/measured.ts';
import { metrics as metricTable } from '../metrics/table.ts';
import type { MetricStatistics, SummaryRow } from '../results/read.ts';
import type { CellKey } from '../results/schema.ts';
import { holm, pooledTest, type SampleMean, welch } from '../results/statistics.ts';
import { parseOptions } from '../util/option-text.ts';

/** How the gate judges one value of one cell. */

type Verdict = 'same' | 'worse' | 'better';

/** What is compared: a metric, or the share of trials that gave a result. */
export interface Measure {
  readonly name: MeasuredName | 'completed';
  readonly unit: Measured['unit'];
  readonly better: Measured['better'];
}

/** One measure of one cell in the reference and in the run. */
export interface ComparedValue {
  readonly key: CellKey;
  readonly metric: Measure;
  readonly trials: readonly [reference: number, run: number];
  readonly reference: MetricStatistics;
  readonly run: MetricStatistics;
  /** The trials are the same ones: the values have to agree to the numeric floor. */
  readonly exact: boolean;
}

export interface Comparison extends ComparedValue {
  /** `run - reference` in standard errors of the difference of two independent runs. */
  readonly z: number;
  /** Two-sided p after Holm's correction; absent where values have to agree to the numeric floor. */
  readonly p?: number;
  readonly verdict: Verdict;
}

/** A cell of both sides, and how many trials it was to have in each. */
export interface CellPair {
  readonly reference: SummaryRow;
  readonly run: SummaryRow;
  readonly planned: readonly [reference: number, run: number];
  readonly sameSeed: boolean;
}

/** Largest relative difference of the same trials on another processor. */
const relativeFloor = 1e-4;
/** What single precision leaves of an error that is 0 in exact arithmetic. */
const absoluteFloor = 1e-10;

const completed: Measure = { name: 'completed', unit: 'share', better: 'higher' };

/**
 * The values of a pair of cells that both sides have, and the names of those of the reference that the run lacks. `mse_per_output` is `mse`
 * in another unit and is not compared twice.
 */
export function pairValues({ reference, run, planned, sameSeed }: CellPair): {
  values: ComparedValue[];
  missing: { readonly metric: Measure['name']; readonly from: 'run' }[];
} {
  const samePlan = sameSeed && planned[0] === planned[1];
  const both = { key: run.key, trials: [reference.trials, run.trials] as const };
  const [before, after] = [measured(reference), measured(run)];
  const values: ComparedValue[] = [];
  const missing: { readonly metric: Measure['name']; readonly from: 'run' }[] = [];
  // a reference from before there was such a metric did not measure it: nothing of it can have moved
  for (const [name, a] of before) {
    const b = after.get(name);
    if (!b) missing.push({ metric: name, from: 'run' });
    else if (!Number.isNaN(a.mean) || !Number.isNaN(b.mean)) {
      const exact = samePlan && reference.trials === run.trials;
      values.push({ ...both, metric: measuredByName(name), reference: a, run: b, exact });
    }
  }
  if (reference.trials < planned[0] || run.trials < planned[1]) {
    const [a, b] = [shareOf(reference.trials, planned[0]), shareOf(run.trials, planned[1])];
    values.push({ ...both, trials: planned, metric: completed, reference: a, run: b, exact: samePlan });
  }
  return { values, missing };
}

/** What is comparable of a cell. Times that were measured on a clock, and what depends on them, are of one machine. */
function measured({ key, metrics }: SummaryRow): Map<MeasuredName, MetricStatistics> {
  const clocked = parseOptions(key.options).has('clock');
  const ofMachine = (name: MeasuredName) => clocked && (name.endsWith('_s') || name === 'awaiting_iterations');
  return new Map([...metrics].filter(([name]) => name !== 'mse_per_output' && !ofMachine(name)));
}

/** The mean and spread of `count` ones among `n` values. */
function shareOf(count: number, n: number): MetricStatistics {
  const mean = count / n;
  const std = Math.sqrt((mean * (1 - mean) * n) / (n - 1));
  return { mean, std, sem: std / Math.sqrt(n) };
}

/**
 * Whether another sample can contradict a value. A mean over one trial has no standard error. A count of iterations is often
 * the same in all of a few trials, which would make any difference infinitely significant.
 */
export function isTestable({ metric, reference, run }: ComparedValue): boolean {
  if (metric.name === 'failed_iterations' || metric.name === 'awaiting_iterations') return false;
  return [reference, run].every(({ mean, sem }) => !Number.isFinite(mean) || !Number.isNaN(sem));
}

/** The same trials: mean, deviation and error have to agree to the floor of single precision. */
export function compareExactly(value: ComparedValue): Comparison {
  const { reference: a, run: b, metric } = value;
  const floor = metric.name === 'completed' ? 0 : relativeFloor;
  const agree = (x: number, y: number, size = 0) =>
    Object.is(x, y) ||
    (Number.isFinite(x - y) && Math.abs(x - y) <= floor * Math.max(Math.abs(x), Math.abs(y), size) + absoluteFloor);
  const { z } = welch(sample(b, value.trials[1]), sample(a, value.trials[0]));
  if (!agree(a.mean, b.mean)) return { ...value, z, verdict: direction(metric, a.mean, b.mean) };
  // rounding moves each value relative to its size, which is that of the mean however small the spread is
  const size = Math.abs(a.mean);
  return { ...value, z, verdict: agree(a.std, b.std, size) && agree(a.sem, b.sem, size) ? 'same' : 'worse' };
}

/** Other trials: a t test for every value, at a family-wise error rate of `z` standard deviations. */
export function compareStatistically(values: readonly ComparedValue[], z: number): Comparison[] {
  const tests = values.map(test);
  const adjusted = holm(tests.map(({ p }) => p));
  const level = normalTwoSided(z);
  return values.map((value, i) => ({
    ...value,
    z: tests[i]!.z,
    p: adjusted[i]!,
    verdict: adjusted[i]! <= level ? direction(value.metric, value.reference.mean, value.run.mean) : 'same',
  }));
}

/**
 * The larger p of Welch's test and the pooled one. Errors have a long tail: a short run that has no draw from it shows a
 * standard error that is far too small, the pooled variance of a longer reference does not; and the other way round when it
 * has one. A metric that is finite on one side only has moved for certain, and so has one that cannot be tested because its
 * numbers contradict each other. One that no trial of a side defines is judged by how many of the other side do.
 */
function test({ key, metric, trials, reference, run }: ComparedValue): { z: number; p: number } {
  if (Number.isNaN(reference.mean)) return { z: Number.NaN, p: allOfOneSide(metric, run, trials[1], trials[0]) };
  if (Number.isNaN(run.mean)) return { z: Number.NaN, p: allOfOneSide(metric, reference, trials[0], trials[1]) };
  if (![reference, run].every(({ mean }) => Number.isFinite(mean))) {
    return { z: Number.NaN, p: reference.mean === run.mean ? 1 : 0 };
  }
  const [a, b] = [sample(run, trials[1]), sample(reference, trials[0])];
  if (Number.isNaN(a.n) || Number.isNaN(b.n)) return { z: Number.NaN, p: 0 };
  const size = Math.max(Math.abs(reference.mean), Math.abs(run.mean));
  if (Math.abs(reference.mean - run.mean) <= relativeFloor * 1e-2 * size + absoluteFloor) return { z: 0, p: 1 };
  const ofTrial = metric.name === 'completed' || metric.name === 'exact';
  const floor = metric.unit === 'share' ? shareFloor(a, b, ofTrial ? 1 : (key.K ?? 1)) : 0;
  const raised = ({ n, mean, sem }: SampleMean) => ({ n, mean, sem: Math.max(sem, floor / Math.sqrt(n)) });
  const [own, pooled] = [welch(raised(a), raised(b)), pooledTest(raised(a), raised(b))];
  return own.p >= pooled.p ? own : pooled;
}

/**
 * The probability that all trials which define a metric are of one side, if they fall on both sides alike: the accuracy of
 * lost queries is undefined in every trial of a short run in which hardly any is lost.
 * @param defined the side that has values
 * @param n its trials, `others` those of the side that has none
 */
function allOfOneSide(metric: Measure, defined: MetricStatistics, n: number, others: number): number {
  const { mean, std, sem } = defined;
  if (!Number.isFinite(mean) || Number.isNaN(std) !== Number.isNaN(sem)) return 0;
  // equal values do not tell how many they are: at least two, all where every trial has the metric
  const everyTrial = (metricTable.find(metric.name)?.runs ?? 'all') === 'all';
  const count = sem > 0 ? Math.round((std / sem) ** 2) : everyTrial ? n : 2;
  let p = 1;
  for (let i = 0; i < count; i++) p *= Math.max(0, n - i) / Math.max(1, n + others - i);
  return p;
}

/**
 * Smallest credible standard deviation of a share of K queries: the binomial one of both samples together, with one success
 * and one failure added. Few trials of a share near 1 are often all equal, and a standard error of 0 would make any
 * difference infinitely significant.
 */
function shareFloor(a: SampleMean, b: SampleMean, K: number): number {
  const total = a.n + b.n;
  const mean = Math.min(1, Math.max(0, (a.n * a.mean + b.n * b.mean) / total));
  const smoothed = (mean * total * K + 1) / (total * K + 2);
  return Math.sqrt((smoothed * (1 - smoothed)) / K);
}

/** The number of defined values is not a column; `std / sem` gives its square root. NaN when only one of the two is there. */
function sample({ mean, std, sem }: MetricStatistics, trials: number): SampleMean {
  const broken = Number.isNaN(std) !== Number.isNaN(sem);
  const n = broken ? Number.NaN : sem > 0 ? Math.round((std / sem) ** 2) : trials;
  return { n, mean, sem: Number.isNaN(sem) ? 0 : sem };
}

/** A metric without a better side (the base model's own accuracy) must not move at all. */
function direction(metric: Measure, before: number, after: number): Verdict {
  if (metric.better === 'none' || Number.isNaN(after) || before === after) return 'worse';
  if (Number.isNaN(before)) return 'better';
  return after < before === (metric.better === 'lower') ? 'better' : 'worse';
}
