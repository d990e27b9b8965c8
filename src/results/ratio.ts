import { studentQuantile } from '../metrics/distributions.ts';
import { summarise } from './statistics.ts';

/** A ratio of two means over paired trials. */
export interface PairedRatio {
  /** Trials where both values are defined. */
  readonly n: number;
  /** `mean(a) / mean(b)`, the ratio of the means and not the mean of ratios; NaN where `mean(b)` is 0. */
  readonly ratio: number;
  /** Fieller's interval, 95 %; NaN where it is unbounded or too few trials carry a mean to tell. */
  readonly low: number;
  readonly high: number;
  /** How many trials carry the two means: the smaller of their effective numbers. */
  readonly carriedBy: number;
}

/**
 * Below so many trials that carry a mean, an interval of the ratio covers less than it says and none is given. Chosen and judged
 * on different trials by `scripts/interval-coverage.js`.
 */
export const fewestCarriers = 8;

/**
 * The ratio of two means of values of at least 0 over paired trials, with E. C. Fieller's interval (J. R. Statist. Soc. B 16,
 * 1954): the ratios `r` at which the paired `a - r·b` have a mean that Student's test does not tell from 0. Taking the inverse
 * of a ratio gives the inverse interval.
 * @param fewest trials that have to carry either mean
 * @throws RangeError when the lengths differ
 */
export function pairedRatio(a: ArrayLike<number>, b: ArrayLike<number>, fewest = fewestCarriers): PairedRatio {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} values are not paired`);
  const [above, below] = [new Float64Array(a.length), new Float64Array(a.length)];
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) || Number.isNaN(b[i]!)) continue;
    above[pairs] = a[i]!;
    below[pairs++] = b[i]!;
  }
  return ratioOf(above.subarray(0, pairs), below.subarray(0, pairs), fewest);
}

/** @param above [n] and @param below [n], defined in every trial */
function ratioOf(above: Float64Array, below: Float64Array, fewest: number): PairedRatio {
  const { n, mean } = summarise(above);
  const base = summarise(below).mean;
  const ratio = base === 0 ? Number.NaN : mean / base;
  // an error that is rounding beside the other one carries nothing: in such a trial nothing was lost
  const rounding = 1e-9 * Math.max(mean, base);
  const losses = (values: Float64Array) => values.map((value) => (value <= rounding ? 0 : value));
  const carriedBy = Math.min(effectiveNumber(losses(above)), effectiveNumber(losses(below)));
  const [low, high] = carriedBy < fewest ? [Number.NaN, Number.NaN] : fieller(above, below);
  return { n, ratio, low, high, carriedBy };
}

/**
 * How many equal values would carry the mean as these do, `(Σx)² / Σx²` (L. Kish, Survey Sampling, 1965): `n` where all are
 * equal, 1 where a single one is not 0, and 0 where none is.
 */
export function effectiveNumber(values: Float64Array): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
}

function fieller(a: Float64Array, b: Float64Array): [low: number, high: number] {
  const n = a.length;
  const [meanA, meanB] = [summarise(a).mean, summarise(b).mean];
  const quantile = studentQuantile(0.95, n - 1) ** 2 / (n * (n - 1));
  const product = (x: Float64Array, meanX: number, y: Float64Array, meanY: number) =>
    quantile * x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  // the roots of (mean a - r mean b)² = t² var(a - r b) / n
  const square = meanB * meanB - product(b, meanB, b, meanB);
  const half = meanA * meanB - product(a, meanA, b, meanB);
  const constant = meanA * meanA - product(a, meanA, a, meanA);
  const discriminant = half * half - square * constant;
  if (!(square > 0) || !(discriminant >= 0)) return [Number.NaN, Number.NaN];
  const root = Math.sqrt(discriminant);
  return [(half - root) / square, (half + root) / square];
}
