/** Scales and axes of quantitative channels: linear where it reads well, logarithmic where values span decades. */

/** Widest ratio of values that still reads well on a linear axis. */
const logarithmicFrom = 10;

/** Values below this share of the largest one are rounding errors of an exact decode: they stand at 0. */
const negligible = 1e-7;

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/** `10⁻⁶`. */
function powerOfTen(exponent: number): string {
  return `10${[...String(exponent)].map((character) => superscripts[character]).join('')}`;
}

export interface AxisChoice {
  readonly scale: object;
  readonly axis: object;
}

/** Exponents of the powers of ten from `low` to `high`. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** Ticks at the powers of ten, thinned to at most eight labels; plain numbers from 0.001 to 10,000. */
function decadeTicks(low: number, high: number): { values: number[]; labelExpr: string } {
  const exponents = decades(low, high);
  const stride = Math.ceil(exponents.length / 8);
  const labels = exponents.map((exponent, i) => {
    if (i % stride !== 0) return [exponent, ''] as const;
    const plain = exponents.every((other) => other >= -3 && other <= 4);
    return [exponent, plain ? String(Number(`1e${exponent}`)) : powerOfTen(exponent)] as const;
  });
  const table = JSON.stringify(Object.fromEntries(labels));
  return {
    values: exponents.map((exponent) => Number(`1e${exponent}`)),
    labelExpr: `datum.value === 0 ? '0' : (${table})[round(log(datum.value) / LN10)]`,
  };
}

/** Logarithmic with ticks at the powers of ten; for values above 0. */
export function logAxis(values: readonly number[]): AxisChoice {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // fewer than two powers of ten inside would leave the axis without numbers
  const axis = decades(low, high).length >= 2 ? decadeTicks(low, high) : { format: '~r', tickCount: 5 };
  return { scale: { type: 'log', nice: false, padding: 6 }, axis };
}

/**
 * An axis for magnitudes with their bands: logarithmic when they span more than a factor of 10, with a linear stretch around 0
 * when some reach it.
 * @param means the values; @param ends both ends of their bands
 */
export function magnitudeAxis(means: readonly number[], ends: readonly number[]): AxisChoice {
  const positive = means.filter((value) => value > 0);
  const low = Math.min(...ends);
  const spans = Math.max(...means) / Math.min(...positive) > logarithmicFrom || positive.length < means.length;
  if (positive.length === 0 || Math.min(...means) < 0 || Math.max(...means) / Math.min(...positive) <= 1 || !spans) {
    return { scale: { zero: low >= 0 }, axis: { format: '~r', tickCount: 6 } };
  }
  const bottom = Math.max(Math.min(...positive), Math.max(...means) * negligible);
  if (low > 0 && bottom === Math.min(...positive)) return logAxis(ends);
  const smallest = 10 ** Math.floor(Math.log10(bottom));
  return {
    scale: { type: 'symlog', constant: smallest, nice: false, padding: 6 },
    axis: withZero(decadeTicks(smallest, Math.max(...ends))),
  };
}

function withZero(ticks: { values: number[]; labelExpr: string }): object {
  return { ...ticks, values: [0, ...ticks.values] };
}

/** An axis for shares: near its values, not from 0. */
export const shareAxis: AxisChoice = { scale: { zero: false }, axis: { format: '~r', tickCount: 6 } };
