import { groupBy } from '../util/group.ts';
import { randomStream } from '../util/random.ts';
import type { CellKey } from './schema.ts';
import { summarise } from './statistics.ts';
import type { TrialValues } from './trial-values.ts';

/** How a metric of one scheme falls with the number of workers: the straight line through (log N, log mean). */
export interface Slope {
  /** What the cells share. */
  readonly key: Omit<CellKey, VaryingColumn>;
  /** The values of N that the line goes through, ascending. */
  readonly N: readonly number[];
  /** Trials of each. */
  readonly trials: number;
  /** Values of N whose mean is at or below the floor: left out. */
  readonly below: number;
  /** NaN where fewer than three N are above the floor. */
  readonly slope: number;
  /** 95 % interval over trials. */
  readonly low: number;
  readonly high: number;
}

/** Key columns that may follow N. */
const varying = ['N', 'S', 'E', 'lambda_enc', 'lambda_dec'] as const;
type VaryingColumn = (typeof varying)[number];

/** Resamples of the trials that an interval is taken from. */
const resamples = 2000;

/** Points that a line needs before it says anything. */
const leastPoints = 3;

/**
 * The slopes of a run that sweeps N. The trials are paired (every N sees the same queries), so whole trials are drawn with
 * replacement, the same for every N, and the line is fitted to each draw's means: the middle 95 % of the slopes are the interval.
 * It says how sure the slope of these N is, not whether the law is a power of N.
 * @param cells whose key sweeps N; S, E and λ may follow N
 * @param floor means at or below it are rounding, not error
 * @param power of N, known: then the slope is q of the law `N^power · (log N)^q`, from the line through (log log N, log mean - power·log N)
 */
export function slopes(
  cells: readonly { readonly key: CellKey }[],
  values: TrialValues,
  floor: number,
  power?: number,
): Slope[] {
  const shared = ({ key }: { readonly key: CellKey }) =>
    JSON.stringify(Object.entries(key).filter(([column]) => !varying.some((name) => name === column)));
  return [...groupBy(cells, shared).values()].flatMap((group) => {
    const repeats = new Set(group.map(({ key }) => key.N)).size < group.length;
    const parts = repeats ? [...groupBy(group, ({ key }) => `${key.S};${key.E}`).values()] : [group];
    return parts.filter((part) => part.length >= leastPoints).map((part) => slopeOf(part, values, floor, power));
  });
}

function slopeOf(
  cells: readonly { readonly key: CellKey }[],
  values: TrialValues,
  floor: number,
  power?: number,
): Slope {
  const all = cells
    .flatMap(({ key }) => {
      const trials = values.of(key);
      return trials ? [{ N: key.N ?? Number.NaN, trials }] : [];
    })
    .sort((a, b) => a.N - b.N);
  const points = all.filter(({ trials }) => summarise(trials).mean > floor);
  const count = all[0]?.trials.length ?? 0;
  const found = {
    key: withoutVarying(cells[0]!.key),
    N: points.map(({ N }) => N),
    trials: count,
    below: all.length - points.length,
  };
  if (points.length < leastPoints) return { ...found, slope: Number.NaN, low: Number.NaN, high: Number.NaN };
  const logN = points.map(({ N }) => Math.log(N));
  const x = power === undefined ? logN : logN.map(Math.log);
  const y = (means: readonly number[]) => means.map((mean, i) => Math.log(mean) - (power ?? 0) * logN[i]!);
  const stream = randomStream('slopes');
  const picks = new Int32Array(count);
  const drawn: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < count; i++) picks[i] = stream.integer(count);
    const slope = lineSlope(x, y(points.map(({ trials }) => meanOf(trials, picks))));
    if (Number.isFinite(slope)) drawn.push(slope);
  }
  drawn.sort((a, b) => a - b);
  const quantile = (share: number) => drawn[Math.round(share * (drawn.length - 1))] ?? Number.NaN;
  const slope = lineSlope(x, y(points.map(({ trials }) => summarise(trials).mean)));
  return { ...found, slope, low: quantile(0.025), high: quantile(0.975) };
}

function withoutVarying({ N: _N, S: _S, E: _E, lambda_enc: _enc, lambda_dec: _dec, ...key }: CellKey): Slope['key'] {
  return key;
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

/** What a slope says of a law of at most `N^bound`. */
type SlopeVerdict = 'compatible' | 'not compatible' | 'undecided' | 'exact' | 'too few';

/**
 * Whether a slope is what a law of at most `N^bound` allows: its whole interval at or below the bound is compatible, its whole interval
 * above is not, and an interval that holds both decides nothing.
 */
export function againstBound(
  { slope, low, high, N }: Pick<Slope, 'slope' | 'low' | 'high' | 'N'>,
  bound: number,
): SlopeVerdict {
  if (N.length === 0) return 'exact';
  if (Number.isNaN(slope)) return 'too few';
  if (high <= bound) return 'compatible';
  return low > bound ? 'not compatible' : 'undecided';
}
