/**
 * A number of about 32 digits: the unevaluated sum of two doubles, |low| at most half a unit in the last place of high.
 * Slow (a small object an operation): for the rare ill-conditioned case, not for inner loops.
 * T. J. Dekker, "A floating-point technique for extending the available precision", 1971.
 */
export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

export const zero: DoubleDouble = { high: 0, low: 0 };

export function fromDouble(value: number): DoubleDouble {
  return { high: value, low: 0 };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = a.high + b.high;
  const shared = high - a.high;
  return normalise(high, a.high - (high - shared) + (b.high - shared) + a.low + b.low);
}

export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, { high: -b.high, low: -b.low });
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = a.high * b.high;
  return normalise(high, productError(a.high, b.high, high) + (a.high * b.low + a.low * b.high));
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.high / b.high;
  const rest = subtract(a, multiply(b, fromDouble(first)));
  return normalise(first, rest.high / b.high);
}

function normalise(high: number, low: number): DoubleDouble {
  const sum = high + low;
  return { high: sum, low: low - (sum - high) };
}

const splitter = 2 ** 27 + 1;

/** `a*b - product`, exactly (Dekker's product; |a|, |b| below 2^996). */
function productError(a: number, b: number, product: number): number {
  const aBig = a * splitter;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = b * splitter;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}
