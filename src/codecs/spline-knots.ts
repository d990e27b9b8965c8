/** What of a smoothing spline depends on its knots and evaluation points only, not on λ or the values. */
export interface SplineKnots {
  /** [n], strictly ascending */
  readonly knots: Float64Array;
  /** [n]: knot `i` carries row `rows[i]` of the values. */
  readonly rows: Int32Array;
  readonly points: ArrayLike<number>;
  /** [n+2]: `inverse[i+1] = 1 / (knots[i+1] - knots[i])`, with zeros on either side. */
  readonly inverse: Float64Array;
  /** Point `p` lies in the interval from knot `interval[p]`, the first or last one if it lies outside the knots. */
  readonly interval: Int32Array;
  /** [points.length, 4]: the spline's value at a point is `a g_i + b g_{i+1} + c γ_i + d γ_{i+1}`; `a, b, c, d` by point. */
  readonly coefficients: Float64Array;
}

/**
 * Prepares knots for smoothing: the value at `z` between `t_i` and `t_{i+1}` from the values `g` and second derivatives `γ`
 * at the knots is (Green & Silverman 1993, section 2.2), with `h = t_{i+1} - t_i`,
 * `((t_{i+1}-z) g_i + (z-t_i) g_{i+1})/h - (z-t_i)(t_{i+1}-z)/6 · ((1 + (t_{i+1}-z)/h) γ_i + (1 + (z-t_i)/h) γ_{i+1})`.
 * Outside the knots the line goes on with the slope of the end, to which the inner knot's `γ` contributes.
 * @param knots [n], n ≥ 1, strictly ascending; kept, not copied
 * @param rows [n]; kept, not copied
 * @param points in any order; kept, not copied
 */
export function splineKnots(knots: Float64Array, rows: Int32Array, points: ArrayLike<number>): SplineKnots {
  const n = knots.length;
  const inverse = new Float64Array(n + 2);
  for (let i = 0; i < n - 1; i++) inverse[i + 1] = 1 / (knots[i + 1]! - knots[i]!);
  const interval = new Int32Array(points.length);
  const coefficients = new Float64Array(4 * points.length);
  for (let p = 0; p < points.length; p++) {
    if (n === 1) {
      coefficients[4 * p] = 1;
      continue;
    }
    const z = points[p]!;
    const i = intervalOf(z, knots);
    const left = z - knots[i]!;
    const right = knots[i + 1]! - z;
    const h = knots[i + 1]! - knots[i]!;
    const share = inverse[i + 1]!;
    interval[p] = i;
    coefficients[4 * p] = right * share;
    coefficients[4 * p + 1] = left * share;
    if (left < 0) coefficients[4 * p + 3] = (-left * h) / 6;
    else if (right < 0) coefficients[4 * p + 2] = (-right * h) / 6;
    else {
      const bend = (-left * right) / 6;
      coefficients[4 * p + 2] = bend * (1 + right * share);
      coefficients[4 * p + 3] = bend * (1 + left * share);
    }
  }
  return { knots, rows, points, inverse, interval, coefficients };
}

/** The last interval that begins below `z`, or the first. */
function intervalOf(z: number, knots: Float64Array): number {
  let low = 0;
  let high = knots.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (knots[middle]! < z) low = middle;
    else high = middle - 1;
  }
  return low;
}
