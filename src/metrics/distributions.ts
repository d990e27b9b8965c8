/** Normal and Student t distribution, to about 1e-13; checked against SciPy (test/golden/distributions.json). */

/** Natural logarithm of the gamma function for x > 0 (Stirling's series after raising x above 10). */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 10) {
    shift -= Math.log(z);
    z += 1;
  }
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - (w * 691) / 360360))))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * Regularised incomplete beta function `I_x(a, b)`, by its continued fraction (Abramowitz & Stegun 26.5.8), evaluated with
 * Lentz's method.
 * @param y `1 - x`, given apart because the subtraction would lose its digits near x = 1
 */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  // the fraction converges fast below the mean only
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, x, b, a);
  const logX = x > 0.5 ? Math.log1p(-y) : Math.log(x);
  const logY = y > 0.5 ? Math.log1p(-x) : Math.log(y);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * logX + b * logY - Math.log(a));
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return front * value;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/**
 * Probability that |T| is at least |t| for Student's t distribution.
 * @param degrees degrees of freedom > 0, not necessarily whole (Welch); `Infinity` is the normal distribution
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (Number.isNaN(t) || Number.isNaN(degrees)) return Number.NaN;
  if (!Number.isFinite(degrees) || degrees > 1e8) return normalTwoSided(t);
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  return incompleteBeta(degrees / (degrees + square), square / (degrees + square), degrees / 2, 0.5);
}

/**
 * Probability that a standard normal deviate is at least |z| in absolute value: `erfc(|z| / √2)`. Series near 0, continued
 * fraction in the tail (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function normalTwoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  if (x > 27) return 0; // below the smallest double
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/**
 * The t with `P(|T| <= t) = confidence`; 0.95 gives the half width of a 95 % interval in standard errors.
 * @param degrees degrees of freedom > 0; `Infinity` is the normal distribution
 */
export function studentQuantile(confidence: number, degrees: number): number {
  if (!(confidence >= 0 && confidence < 1 && degrees > 0)) return Number.NaN;
  const key = `${confidence} ${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const quantile = searchedQuantile(confidence, degrees);
  quantiles.set(key, quantile);
  return quantile;
}

/** Intervals of a run have one number of trials, as a rule. */
const quantiles = new Map<string, number>();

function searchedQuantile(confidence: number, degrees: number): number {
  const tail = 1 - confidence;
  let low = 0;
  let high = 1;
  while (studentTwoSided(high, degrees) > tail) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
