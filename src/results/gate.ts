import { normalTwoSided } from '../metrics/distributions.ts';
import { type Metric, type MetricName, metricByName } from '../metrics/table.ts';
import { type Difference, experimentDifferences, type Manifest } from './manifest.ts';
import type { MetricStatistics, SummaryRow } from './read.ts';
import { type CellKey, keyColumns } from './schema.ts';
import { holm, pooledTest, type SampleMean, welch } from './statistics.ts';

/** What the gate compares. */
export interface RunResults {
  readonly manifest: Manifest;
  readonly rows: readonly SummaryRow[];
}

export interface GateOptions {
  /** Family-wise error rate as a number of standard deviations: 3 is 0.27 %. */
  readonly z?: number;
  /** A result that got better is no failure. */
  readonly allowBetter?: boolean;
  /** Compare across versions of approxifer and ONNX Runtime. */
  readonly anyVersion?: boolean;
}

export type Verdict = 'same' | 'worse' | 'better';

/** One metric of one cell in the reference and in the run. */
export interface Comparison {
  readonly key: CellKey;
  readonly metric: Metric;
  readonly trials: readonly [reference: number, run: number];
  readonly reference: MetricStatistics;
  readonly run: MetricStatistics;
  /** `run - reference` in standard errors of the difference of two independent runs. */
  readonly z: number;
  /** Two-sided p after Holm's correction; absent where values have to agree to the numeric floor. */
  readonly p?: number;
  readonly verdict: Verdict;
}

export const gateExitCodes = { same: 0, worse: 1, nothingCompared: 3, better: 4, missing: 5, different: 6 } as const;
export type GateOutcome = keyof typeof gateExitCodes;

export interface GateResult {
  readonly outcome: GateOutcome;
  /** `exact`: the same trials, to the numeric floor; `statistical`: other trials, within the noise. */
  readonly mode: 'exact' | 'statistical';
  /** In what the runs are different experiments; nothing was compared then. */
  readonly differences: readonly Difference[];
  readonly cells: number;
  readonly comparisons: readonly Comparison[];
  /** Values of another seed that have no standard error, having one trial. */
  readonly untested: number;
  /** Cells, or metrics of a cell, of only one side. */
  readonly missing: readonly {
    readonly key: CellKey;
    readonly metric?: MetricName;
    readonly from: 'run' | 'reference';
  }[];
}

/** Largest relative difference of the same trials on another processor. */
const relativeFloor = 1e-4;
/** What single precision leaves of an error that is 0 in exact arithmetic. */
const absoluteFloor = 1e-10;

/**
 * Compares a run with its reference. The same seed and trials have to agree to 1e-4 relative. Other seeds are other samples:
 * a t test for every metric of every cell, at a family-wise error rate that Holm's correction keeps.
 */
export function checkRun(run: RunResults, reference: RunResults, options: GateOptions = {}): GateResult {
  const sameTrials = run.manifest.seed === reference.manifest.seed && equalTrials(run.rows, reference.rows);
  const mode = sameTrials ? 'exact' : 'statistical';
  const differences = experimentDifferences(reference.manifest, run.manifest, options);
  if (differences.length > 0) {
    return { outcome: 'different', mode, differences, cells: 0, comparisons: [], untested: 0, missing: [] };
  }
  const { pairs, missing } = matchCells(reference.rows, run.rows);
  const all = pairs.flatMap(([before, after]) => pairMetrics(before, after, missing));
  const values = mode === 'exact' ? all : all.filter(hasSpread);
  const comparisons = mode === 'exact' ? values.map(compareExactly) : compareStatistically(values, options.z ?? 3);
  return {
    outcome: outcomeOf(comparisons, missing.length, options.allowBetter ?? false),
    mode,
    differences,
    cells: pairs.length,
    comparisons,
    untested: all.length - values.length,
    missing,
  };
}

/** A mean over one trial has no standard error: nothing can be said about another seed. */
function hasSpread({ reference, run }: Unjudged): boolean {
  return [reference, run].every(({ mean, sem }) => !Number.isFinite(mean) || !Number.isNaN(sem));
}

function outcomeOf(comparisons: readonly Comparison[], missing: number, allowBetter: boolean): GateOutcome {
  if (comparisons.length === 0) return 'nothingCompared';
  if (comparisons.some(({ verdict }) => verdict === 'worse')) return 'worse';
  if (missing > 0) return 'missing';
  return !allowBetter && comparisons.some(({ verdict }) => verdict === 'better') ? 'better' : 'same';
}

/** What two rows must share to be one cell. A tuned λ is a result, not a part of the cell. */
function cellIdentity(key: CellKey): string {
  const tuned = /(^|;)tune=/.test(key.options);
  return JSON.stringify(keyColumns.map((column) => (tuned && column.startsWith('lambda') ? '' : (key[column] ?? ''))));
}

type Missing = GateResult['missing'][number];

/** Pairs rows by cell. */
export function matchCells(
  reference: readonly SummaryRow[],
  run: readonly SummaryRow[],
): { pairs: [SummaryRow, SummaryRow][]; missing: Missing[] } {
  const left = new Map(run.map((row) => [cellIdentity(row.key), row]));
  const pairs: [SummaryRow, SummaryRow][] = [];
  const missing: Missing[] = [];
  for (const row of reference) {
    const identity = cellIdentity(row.key);
    const other = left.get(identity);
    left.delete(identity);
    if (other) pairs.push([row, other]);
    else missing.push({ key: row.key, from: 'run' });
  }
  for (const row of left.values()) missing.push({ key: row.key, from: 'reference' });
  return { pairs, missing };
}

function equalTrials(run: readonly SummaryRow[], reference: readonly SummaryRow[]): boolean {
  return matchCells(reference, run).pairs.every(([a, b]) => a.trials === b.trials);
}

type Unjudged = Omit<Comparison, 'p' | 'verdict' | 'z'>;

/** The metrics of a pair of cells. `mse_per_output` is `mse` in another unit and is not tested twice. */
function pairMetrics(reference: SummaryRow, run: SummaryRow, missing: Missing[]): Unjudged[] {
  const found: Unjudged[] = [];
  for (const name of new Set([...reference.metrics.keys(), ...run.metrics.keys()])) {
    if (name === 'mse_per_output') continue;
    const [before, after] = [reference.metrics.get(name), run.metrics.get(name)];
    const metric = metricByName(name)!;
    const trials = [reference.trials, run.trials] as const;
    if (before && after) found.push({ key: run.key, metric, trials, reference: before, run: after });
    else missing.push({ key: run.key, metric: name, from: before ? 'run' : 'reference' });
  }
  return found.filter(({ reference: a, run: b }) => !(Number.isNaN(a.mean) && Number.isNaN(b.mean)));
}

function compareExactly(value: Unjudged): Comparison {
  const { reference: a, run: b, metric } = value;
  const size = Math.max(...[a.mean, b.mean, a.std, b.std].map((x) => (Number.isFinite(x) ? Math.abs(x) : 0)));
  const floor = relativeFloor * size + absoluteFloor;
  const agree = (x: number, y: number) => Math.abs(x - y) <= floor || (Number.isNaN(x) && Number.isNaN(y));
  const { z } = welch(sample(b, value.trials[1]), sample(a, value.trials[0]));
  if (!agree(a.mean, b.mean)) return { ...value, z, verdict: direction(metric, a.mean, b.mean) };
  return { ...value, z, verdict: agree(a.std, b.std) ? 'same' : 'worse' };
}

function compareStatistically(values: readonly Unjudged[], z: number): Comparison[] {
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
 * has one. A metric that is defined or finite on one side only has moved for certain.
 */
function test({ key, metric, trials, reference, run }: Unjudged): { z: number; p: number } {
  if (![reference, run].every(({ mean }) => Number.isFinite(mean))) {
    return { z: Number.NaN, p: reference.mean === run.mean ? 1 : 0 };
  }
  const size = Math.max(Math.abs(reference.mean), Math.abs(run.mean));
  if (Math.abs(reference.mean - run.mean) <= relativeFloor * 1e-2 * size + absoluteFloor) return { z: 0, p: 1 };
  const [a, b] = [sample(run, trials[1]), sample(reference, trials[0])];
  const floor = metric.unit === 'share' ? shareFloor(a, b, key.K ?? 1) : 0;
  const raised = ({ n, mean, sem }: SampleMean) => ({ n, mean, sem: Math.max(sem, floor / Math.sqrt(n)) });
  const [own, pooled] = [welch(raised(a), raised(b)), pooledTest(raised(a), raised(b))];
  return own.p >= pooled.p ? own : pooled;
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

/** The number of defined values is not a column; `std / sem` gives its square root. */
function sample({ mean, std, sem }: MetricStatistics, trials: number): SampleMean {
  const n = sem > 0 ? Math.round((std / sem) ** 2) : trials;
  return { n, mean, sem: Number.isNaN(sem) ? 0 : sem };
}

/** A metric without a better side (the base model's own accuracy) must not move at all. */
function direction(metric: Metric, before: number, after: number): Verdict {
  if (metric.better === 'none' || Number.isNaN(after) || before === after) return 'worse';
  if (Number.isNaN(before)) return 'better';
  return after < before === (metric.better === 'lower') ? 'better' : 'worse';
}
