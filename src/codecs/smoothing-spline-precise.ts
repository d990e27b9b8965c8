import { add, type DoubleDouble, divide, fromDouble, multiply, subtract, zero } from '../math/double-double.ts';
import type { SplineKnots } from './spline-knots.ts';

/**
 * The same spline as `smoothing-spline.ts` in 32-digit arithmetic, for knots so close together that Reinsch's system loses
 * all digits of a double (its condition grows with the square of the ratio of neighbouring gaps). About 100 times slower.
 * @param lambda finite, ≥ 0
 * @param values rows of `m`, of which those in `rows` are read
 * @returns [points.length, m]
 */
export function smoothPrecisely(
  { knots: t, rows, points }: SplineKnots,
  lambda: number,
  values: Float64Array,
  m: number,
): Float64Array {
  const n = t.length;
  const gap = Array.from({ length: n - 1 }, (_, i) => subtract(fromDouble(t[i + 1]!), fromDouble(t[i]!)));
  const inverse = gap.map((h) => divide(fromDouble(1), h));
  const total = add(fromDouble(1), fromDouble(lambda));
  const v = divide(fromDouble(1), total);
  const w = divide(fromDouble(lambda), total);
  const solve = factor(gap, inverse, v, w);
  const out = new Float64Array(points.length * m);
  for (let j = 0; j < m; j++) {
    const y = Array.from({ length: n }, (_, i) => fromDouble(values[rows[i]! * m + j]!));
    const delta = [zero, ...solve(secondDifferences(y, inverse)), zero];
    const bend = slopes(delta, inverse);
    const g = y.map((value, i) => subtract(value, multiply(w, subtract(bend[i] ?? zero, bend[i - 1] ?? zero))));
    const gamma = delta.map((value) => multiply(v, value));
    for (let p = 0; p < points.length; p++) out[p * m + j] = evaluate(t, gap, g, gamma, points[p]!);
  }
  return out;
}

function slopes(values: DoubleDouble[], inverse: DoubleDouble[]): DoubleDouble[] {
  return inverse.map((r, i) => multiply(subtract(values[i + 1]!, values[i]!), r));
}

/** `Qᵀ y` [n-2] */
function secondDifferences(y: DoubleDouble[], inverse: DoubleDouble[]): DoubleDouble[] {
  const slope = slopes(y, inverse);
  return slope.slice(1).map((next, i) => subtract(next, slope[i]!));
}

/** Factors `v R + w QᵀQ = L D Lᵀ`. @returns the solver of the system */
function factor(gap: DoubleDouble[], inverse: DoubleDouble[], v: DoubleDouble, w: DoubleDouble) {
  const size = gap.length - 1;
  const pivot: DoubleDouble[] = [];
  const one: DoubleDouble[] = []; // below the diagonal by one, by two
  const two: DoubleDouble[] = [];
  const square = (x: DoubleDouble) => multiply(x, x);
  const over = (x: DoubleDouble, divisor: number) => divide(x, fromDouble(divisor));
  for (let i = 0; i < size; i++) {
    const r0 = inverse[i]!;
    const r1 = inverse[i + 1]!;
    const s = add(r0, r1);
    const roughness = over(multiply(v, add(gap[i]!, gap[i + 1]!)), 3);
    let d = add(roughness, multiply(w, add(add(square(r0), square(s)), square(r1))));
    if (i > 0) d = subtract(d, multiply(square(one[i - 1]!), pivot[i - 1]!));
    if (i > 1) d = subtract(d, multiply(square(two[i - 2]!), pivot[i - 2]!));
    pivot.push(d);
    if (i + 1 < size) {
      const r2 = inverse[i + 2]!;
      let e = subtract(over(multiply(v, gap[i + 1]!), 6), multiply(multiply(w, r1), add(s, add(r1, r2))));
      if (i > 0) e = subtract(e, multiply(multiply(two[i - 1]!, one[i - 1]!), pivot[i - 1]!));
      one.push(divide(e, d));
      two.push(divide(multiply(w, multiply(r1, r2)), d));
    }
  }
  return (right: DoubleDouble[]): DoubleDouble[] => {
    const x = [...right];
    for (let i = 0; i < size; i++) {
      if (i > 0) x[i] = subtract(x[i]!, multiply(one[i - 1]!, x[i - 1]!));
      if (i > 1) x[i] = subtract(x[i]!, multiply(two[i - 2]!, x[i - 2]!));
    }
    for (let i = size - 1; i >= 0; i--) {
      x[i] = divide(x[i]!, pivot[i]!);
      if (i + 1 < size) x[i] = subtract(x[i]!, multiply(one[i]!, x[i + 1]!));
      if (i + 2 < size) x[i] = subtract(x[i]!, multiply(two[i]!, x[i + 2]!));
    }
    return x;
  };
}

/** The value at `z` from the values `g` and second derivatives `gamma` at the knots (Green & Silverman 1993, 2.2). */
function evaluate(t: Float64Array, gap: DoubleDouble[], g: DoubleDouble[], gamma: DoubleDouble[], z: number): number {
  const last = gap.length - 1;
  let i = 0;
  while (i < last && z > t[i + 1]!) i++;
  const h = gap[i]!;
  const left = subtract(fromDouble(z), fromDouble(t[i]!));
  const right = subtract(fromDouble(t[i + 1]!), fromDouble(z));
  const line = divide(add(multiply(right, g[i]!), multiply(left, g[i + 1]!)), h);
  // outside the knots the line goes on with the slope of the end, to which only the inner knot's γ contributes
  const curve =
    left.high < 0
      ? multiply(multiply(left, h), gamma[i + 1]!)
      : right.high < 0
        ? multiply(multiply(right, h), gamma[i]!)
        : divide(
            multiply(
              multiply(left, right),
              add(multiply(add(h, right), gamma[i]!), multiply(add(h, left), gamma[i + 1]!)),
            ),
            h,
          );
  return subtract(line, divide(curve, fromDouble(6))).high;
}
