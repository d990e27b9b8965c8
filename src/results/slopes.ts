import { randomStream } from '../util/random.ts';
import { effectiveNumber, fewestCarriers } from './ratio.ts';
import type { CellKey } from './schema.ts';
import { summarise } from './statistics.ts';
import { type LineKey, type SweepLine, sweepLines } from './sweep-lines.ts';
import type { TrialValues } from './trial-values.ts';

/** How a metric of one scheme falls with the number of workers: the straight line through (log N, log mean). */
export interface Slope {
  /** What the cells share. */
  readonly key: LineKey;
  /** The values of N that the line goes through, ascending. */
  readonly N: readonly number[];
  /** Values that the mean of an N is over: the fewest of the line's points, of all N where there is no point. */
  readonly trials: number;
  /** How many trials carry a mean (`effectiveNumber`): the fewest of the line's points, NaN where there is none. */
  readonly carriedBy: number;
  /** Values of N whose mean is at or below the floor: left out. */
  readonly below: number;
  /** Values of N where no trial has a value, as where nothing could be decoded: left out. */
  readonly unmeasured: number;
  /** NaN where fewer than three N are above the floor. */
  readonly slope: number;
  /** 95 % interval over trials; NaN where too few trials are behind a mean for one. */
  readonly low: number;
  readonly high: number;
}

/** Resamples of the trials that an interval is taken from. */
const resamples = 2000;

/** Points that a line needs before it says anything. */
const leastPoints = 3;

/** Below so many trials at a point, drawing them again covers far less than it says: `scripts/slopes-coverage.js`. */
const fewestTrials = 30;

/** What an interval needs: that many trials at every point, and that many that carry each mean. */
const needed = { trials: fewestTrials, carriers: fewestCarriers };

/**
 * The slopes of a run that sweeps N. The trials are paired (every N sees the same queries), so whole trials are drawn with
 * replacement, the same for every N, and the line is fitted to each draw's means: the middle 95 % of the slopes are the interval.
 * It says how sure the slope of these N is, not whether the law is a power of N.
 * @param cells whose key sweeps N; S, E and λ may follow N
 * @param floor means at or below it are rounding, not error
 * @param power of N, known: then the slope is q of the law `N^power · (log N)^q`, from the line through (log log N, log mean - power·log N)
 * @param least below it there is no interval
 */
export function slopes(
  cells: readonly { readonly key: CellKey }[],
  values: TrialValues,
  floor: number,
  power?: number,
  least = needed,
): Slope[] {
  return sweepLines(cells)
    .filter((line) => line.cells.length >= leastPoints)
    .map((line) => slopeOf(line, values, floor, power, least));
}

function slopeOf(
  { key, cells }: SweepLine,
  values: TrialValues,
  floor: number,
  power: number | undefined,
  least: typeof needed,
): Slope {
  const all = cells.map(({ key, N }) => {
    const trials = values.of(key) ?? new Float64Array();
    return { N, trials, ...summarise(trials) };
  });
  const measured = all.filter(({ n }) => n > 0);
  const points = measured.filter(({ mean }) => mean > floor);
  const trials = Math.min(...(points.length > 0 ? points : all).map(({ n }) => n));
  const carriedBy =
    points.length > 0
      ? Math.min(...points.map((point) => effectiveNumber(point.trials.filter((value) => !Number.isNaN(value)))))
      : Number.NaN;
  const found = {
    key,
    N: points.map(({ N }) => N),
    trials,
    carriedBy,
    below: measured.length - points.length,
    unmeasured: all.length - measured.length,
  };
  if (points.length < leastPoints) return { ...found, slope: Number.NaN, low: Number.NaN, high: Number.NaN };
  const logN = points.map(({ N }) => Math.log(N));
  const x = power === undefined ? logN : logN.map(Math.log);
  const y = (means: readonly number[]) => means.map((mean, i) => Math.log(mean) - (power ?? 0) * logN[i]!);
  const slope = lineSlope(x, y(points.map(({ mean }) => mean)));
  const few = trials < least.trials || carriedBy < least.carriers;
  if (few) return { ...found, slope, low: Number.NaN, high: Number.NaN };
  const stream = randomStream('slopes');
  const count = Math.max(...points.map((point) => point.trials.length));
  const picks = new Int32Array(count);
  const drawn: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < count; i++) picks[i] = stream.integer(count);
    const again = lineSlope(x, y(points.map((point) => meanOf(point.trials, picks))));
    if (Number.isFinite(again)) drawn.push(again);
  }
  drawn.sort((a, b) => a - b);
  const quantile = (share: number) => drawn[Math.round(share * (drawn.length - 1))] ?? Number.NaN;
  return { ...found, slope, low: quantile(0.025), high: quantile(0.975) };
}

/** Mean of the picked values that are defined. */
function meanOf(values: Float64Array, picks: Int32Array): number {
  let sum = 0;
  let n = 0;
  for (const pick of picks) {
    const value = values[pick]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return sum / n;
}

/** Slope of the least-squares line. */
export function lineSlope(x: readonly number[], y: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  return over / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

/** Why a slope has no interval. */
type Lack = 'exact' | 'not measured' | 'too few N' | 'too few trials' | 'too few carriers';

/** What there is too little of for an interval; undefined for a slope that has one. */
export function lackOf({ N, trials, carriedBy, unmeasured }: Judged): Lack | undefined {
  if (N.length === 0 && unmeasured > 0) return 'not measured';
  if (N.length > 0 && N.length < leastPoints) return 'too few N';
  if (trials < fewestTrials) return 'too few trials';
  if (N.length === 0) return 'exact';
  return carriedBy < fewestCarriers ? 'too few carriers' : undefined;
}

/**
 * Whether a slope is what a law of at most `N^bound` allows: its whole interval at or below the bound is compatible, its whole interval
 * above is not, and an interval that holds both decides nothing. Without an interval there is no verdict.
 */
export function againstBound(slope: Judged, bound: number): Lack | 'compatible' | 'not compatible' | 'undecided' {
  const lack = lackOf(slope);
  if (lack) return lack;
  if (slope.high <= bound) return 'compatible';
  return slope.low > bound ? 'not compatible' : 'undecided';
}
type Judged = Pick<Slope, 'low' | 'high' | 'N' | 'trials' | 'carriedBy' | 'unmeasured'>;
