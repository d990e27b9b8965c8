import { studentQuantile, studentTwoSided } from '../metrics/distributions.ts';

/** Undefined numbers are NaN here and empty in a file. */
export interface Summary {
  /** How many of the values are defined. */
  readonly n: number;
  /** NaN when `n` is 0. */
  readonly mean: number;
  /** Sample standard deviation (n - 1); NaN when `n` < 2. */
  readonly std: number;
  /** Standard error of the mean, `std / √n`; NaN when `n` < 2. */
  readonly sem: number;
}

/** Mean, standard deviation and standard error; NaN entries are left out. Two passes, so that a large mean costs no digits. */
export function summarise(values: Float64Array | readonly number[]): Summary {
  let n = 0;
  let sum = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
  }
  if (n === 0) return { n, mean: Number.NaN, std: Number.NaN, sem: Number.NaN };
  const mean = sum / n;
  let squares = 0;
  let drift = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    squares += (value - mean) ** 2;
    drift += value - mean;
  }
  const std = n < 2 ? Number.NaN : Math.sqrt(Math.max(0, squares - (drift * drift) / n) / (n - 1));
  return { n, mean, std, sem: std / Math.sqrt(n) };
}

export interface PairedDifference {
  /** Trials where both values are defined. */
  readonly n: number;
  /** Mean of `a - b`. */
  readonly mean: number;
  readonly sem: number;
  /** Student t interval of the mean, 95 %; NaN when `n` < 2. */
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of `a - b` over paired trials with its 95 % interval (Student t). A pair with a NaN on either side is left out.
 * @throws RangeError when the lengths differ
 */
export function pairedDifference(
  a: Float64Array | readonly number[],
  b: Float64Array | readonly number[],
): PairedDifference {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} values are not paired`);
  const differences = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) differences[i] = a[i]! - b[i]!;
  const { n, mean, sem } = summarise(differences);
  const half = n < 2 ? Number.NaN : sem * studentQuantile(0.95, n - 1);
  return { n, mean, sem, low: mean - half, high: mean + half };
}

/** The mean of one sample, as the files give it. */
export interface SampleMean {
  readonly n: number;
  readonly mean: number;
  readonly sem: number;
}

/**
 * Welch's test that two independent samples have one mean (B. L. Welch, Biometrika 34, 1947).
 * @returns the difference `a - b` in standard errors and its two-sided p. Two constant samples (both standard errors 0) have
 * p = 1 when equal and p = 0 otherwise.
 */
export function welch(a: SampleMean, b: SampleMean): { z: number; degrees: number; p: number } {
  const difference = a.mean - b.mean;
  const variance = a.sem ** 2 + b.sem ** 2;
  if (variance === 0) {
    const same = difference === 0;
    return { z: same ? 0 : Math.sign(difference) * Infinity, degrees: Infinity, p: same ? 1 : 0 };
  }
  const degrees = variance ** 2 / (share(a) + share(b));
  const z = difference / Math.sqrt(variance);
  return { z, degrees, p: studentTwoSided(z, degrees) };
}

/**
 * Student's test with the pooled variance of both samples: for samples of one distribution if the null hypothesis holds.
 * @returns as `welch`
 */
export function pooledTest(a: SampleMean, b: SampleMean): { z: number; degrees: number; p: number } {
  const degrees = a.n + b.n - 2;
  const squares = ({ n, sem }: SampleMean) => n * (n - 1) * sem ** 2;
  const variance = ((squares(a) + squares(b)) / degrees) * (1 / a.n + 1 / b.n);
  if (variance === 0) return welch(a, b);
  const z = (a.mean - b.mean) / Math.sqrt(variance);
  return { z, degrees, p: studentTwoSided(z, degrees) };
}

function share({ n, sem }: SampleMean): number {
  return sem === 0 ? 0 : sem ** 4 / (n - 1);
}

/**
 * Holm's step-down adjustment (S. Holm, Scand. J. Statist. 6, 1979): rejecting where the adjusted p is at most `alpha` keeps
 * the probability of any false rejection at most `alpha`, whatever the dependence between the tests.
 * @returns adjusted p-values, in the order given
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
