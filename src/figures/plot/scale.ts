import { numberText, powerOfTen } from '../labels.ts';

/** Where values stand on an axis. */
export interface Scale {
  /** `decades`: logarithmic from `unit` on, linear between 0 and `unit` over the length of one decade, mirrored below 0. */
  readonly kind: 'linear' | 'log' | 'decades';
  readonly low: number;
  readonly high: number;
  readonly unit?: number;
  /** Drawn from the high end to the low one: rows from the top. */
  readonly reversed?: boolean;
  /** Free space at both ends, as a share of the axis. */
  readonly margin: number;
}

export interface Tick {
  readonly at: number;
  /** Lines of text; none where only the tick is drawn. */
  readonly label: readonly string[];
}

/** @returns the place of a value between 0 (low end of the axis) and 1; outside for values beyond the ends */
export function position(scale: Scale, value: number): number {
  if (value === Infinity) return 1;
  if (value === -Infinity) return 0;
  const [low, high] = [transformed(scale, scale.low), transformed(scale, scale.high)];
  const share = high === low ? 0.5 : (transformed(scale, value) - low) / (high - low);
  const placed = scale.margin + share * (1 - 2 * scale.margin);
  return scale.reversed ? 1 - placed : placed;
}

function transformed({ kind, unit = 1, low }: Scale, value: number): number {
  if (kind === 'linear') return value;
  if (kind === 'log') return Math.log10(Math.max(value, low * 1e-3));
  const size = Math.abs(value) / unit;
  return Math.sign(value) * (size <= 1 ? size : 1 + Math.log10(size));
}

export interface AxisChoice {
  readonly scale: Scale;
  readonly ticks: readonly Tick[];
}

const margin = 0.04;

/** Round values from `low` to `high`, about `count` of them; whole numbers where asked. */
export function roundTicks(low: number, high: number, count: number, whole = false): Tick[] {
  const raw = (high - low) / count;
  if (!(raw > 0)) return [{ at: low, label: [numberText(low)] }];
  const power = 10 ** Math.floor(Math.log10(raw));
  const fine = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw * 0.999)!;
  const step = whole ? Math.max(1, Math.round(fine)) : fine;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: Tick[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    const at = i * step;
    const large = Math.abs(high) >= 1e6 || step < 1e-4;
    ticks.push({
      at,
      label: [
        large
          ? numberText(at)
          : at
              .toFixed(decimals)
              .replace('-', '−')
              .replace(/^−(0(\.0+)?)$/, '$1'),
      ],
    });
  }
  return ticks;
}

/** A linear axis around values. @param options.zero whether it starts at 0 */
export function linearAxis(
  values: readonly number[],
  options: { readonly zero?: boolean; readonly count?: number; readonly whole?: boolean } = {},
): AxisChoice {
  const low = options.zero ? Math.min(0, ...values) : Math.min(...values);
  const high = options.zero ? Math.max(0, ...values) : Math.max(...values);
  const spread = high - low || Math.abs(high) * 0.1 || 1;
  const alone = high === low;
  const [from, to] = alone && low === 0 ? [0, 1] : alone ? [low - spread / 2, high + spread / 2] : [low, high];
  const beyond = options.zero && low === 0 ? 0 : margin * spread;
  const scale = { kind: 'linear', low: from - beyond, high: to + margin * spread, margin: 0 } as const;
  return { scale, ticks: roundTicks(scale.low, scale.high, options.count ?? 5, options.whole) };
}

/** Exponents of the powers of ten from `low` to `high`. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** Ticks at the powers of ten, thinned to at most seven labels; plain numbers from 0.01 to 10,000. */
function decadeTicks(low: number, high: number): Tick[] {
  const exponents = decades(low, high);
  const stride = Math.ceil(exponents.length / 7);
  const plain = exponents.every((exponent) => exponent >= -2 && exponent <= 4);
  return exponents.map((exponent, i) => ({
    at: Number(`1e${exponent}`),
    label: i % stride === 0 ? [plain ? String(Number(`1e${exponent}`)) : powerOfTen(exponent)] : [],
  }));
}

/** Logarithmic with ticks at the powers of ten; for values above 0. */
export function logAxis(values: readonly number[]): AxisChoice {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = { kind: 'log', low, high, margin } as const;
  const powers = decadeTicks(low, high);
  if (powers.length >= 2) return { scale, ticks: powers };
  // fewer than two powers of ten inside would leave the axis without numbers
  const between = [1, 2, 5].flatMap((factor) => decades(low / 10, high).map((exponent) => factor * 10 ** exponent));
  const inside = between.filter((at) => at >= low * 0.999 && at <= high * 1.001).sort((a, b) => a - b);
  if (inside.length < 2) return { scale, ticks: roundTicks(low, high, 4) };
  return { scale, ticks: inside.map((at) => ({ at, label: [numberText(at)] })) };
}

/** Widest ratio of values that still reads well on a linear axis. */
const logarithmicFrom = 10;

/**
 * Values below this share of the largest one are rounding errors of an exact decode where they are also this much smaller than the next
 * larger one, and no larger than single precision makes them: they stand at 0, and its tick says below which value. Errors that fall that far step by step are errors.
 */
const negligible = { share: 1e-10, gap: 1e4, most: 1e-7 };

/** The smallest of positive values that is not negligible. */
function smallestError(positive: readonly number[]): number {
  const falling = [...positive].sort((a, b) => b - a);
  const dust = falling.findIndex((value, i) => {
    const isTiny = value < Math.min(negligible.most, falling[0]! * negligible.share);
    return i > 0 && isTiny && value * negligible.gap <= falling[i - 1]!;
  });
  return dust < 0 ? falling.at(-1)! : falling[dust - 1]!;
}

/** What stands at the 0 of an axis: nothing but zeros, or also values that are taken for rounding, below a power of ten. */
function floorLabel(drawnThere: readonly number[]): string {
  const largest = Math.max(...drawnThere);
  return largest > 0 ? `< ${powerOfTen(Math.floor(Math.log10(largest)) + 1)}` : '0';
}

/**
 * An axis for magnitudes with their standard errors: logarithmic when they span more than a factor of 10, with a linear
 * stretch at 0 when some are 0; its ends follow the values, not the bands that reach 0.
 */
export function magnitudeAxis(values: readonly { readonly mean: number; readonly sem: number }[]): AxisChoice {
  const means = values.map(({ mean }) => mean);
  const positive = means.filter((mean) => mean > 0);
  const highest = Math.max(...values.map(({ mean, sem }) => mean + sem));
  const bottom = positive.length === 0 ? 0 : smallestError(positive);
  const zeros = means.some((mean) => mean < bottom);
  const spans = Math.max(...means) / bottom > logarithmicFrom;
  if (positive.length === 0 || Math.min(...means) < 0 || !(spans || (zeros && Math.max(...means) > bottom))) {
    const ends = values.flatMap(({ mean, sem }) => [mean - sem, mean + sem]);
    return linearAxis(Math.min(...means) >= 0 ? ends.map((end) => Math.max(0, end)) : ends, { zero: true });
  }
  const lows = values
    .filter(({ mean }) => mean >= bottom)
    .map(({ mean, sem }) => (hasBand(mean, sem) ? mean - sem : mean / 2));
  if (!zeros) return logAxis([...lows, highest]);
  const unit = 10 ** Math.floor(Math.log10(bottom));
  const ticks = [{ at: 0, label: [floorLabel(means.filter((mean) => mean < bottom))] }, ...decadeTicks(unit, highest)];
  return { scale: { kind: 'decades', low: 0, high: highest, unit, margin }, ticks };
}

/** Decades that an axis of differences shows on each side of 0. */
const mostDecades = 4;

/**
 * An axis for differences with their intervals, 0 always on it: linear, or in decades on both sides of 0 where the
 * differences, or their intervals, span more than a factor of 100.
 * @param inDecades whether it may be in decades: shares never are
 */
export function signedAxis(
  values: readonly { readonly mean: number; readonly low: number; readonly high: number }[],
  inDecades = true,
): AxisChoice {
  const ends = values.flatMap(({ mean, low, high }) => [mean, low, high]).filter(Number.isFinite);
  const sizes = values
    .map(({ mean, low, high }) => Math.max(Math.abs(mean), (high - low) / 2 || 0))
    .filter((size) => size > 0 && Number.isFinite(size));
  const largest = Math.max(...sizes);
  const smallest = Math.max(Math.min(...sizes), largest * 10 ** -mostDecades);
  if (!inDecades || sizes.length === 0 || largest / smallest <= logarithmicFrom ** 2)
    return linearAxis([0, ...ends], { count: 4 });
  const unit = 10 ** Math.floor(Math.log10(smallest));
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const side = (end: number) => (end < unit ? [] : decadeTicks(unit, end));
  const below = side(-low).map(({ at, label }) => ({ at: -at, label: label.map((text) => `−${text}`) }));
  const ticks = [...below.reverse(), { at: 0, label: ['0'] }, ...side(high)];
  return { scale: { kind: 'decades', low, high, unit, margin }, ticks };
}

/**
 * Whether a standard error is drawn as part of a band: on a logarithmic axis one of nearly the mean would reach down without
 * end, and the band between its neighbours would be a wedge. Such a point has a bar of its own.
 */
export function hasBand(mean: number, sem: number): boolean {
  return mean > 0 && sem < 0.75 * mean;
}

/** A place for each label, in order; rows run from the top when `reversed`. */
export function bandAxis(labels: readonly (readonly string[])[], reversed = false): AxisChoice {
  return {
    scale: { kind: 'linear', low: -0.5, high: labels.length - 0.5, margin: 0, reversed },
    ticks: labels.map((label, at) => ({ at, label })),
  };
}
