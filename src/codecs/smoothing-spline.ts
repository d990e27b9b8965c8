import { type Matrix, matrix } from '../math/matrix.ts';
import { ascendingOrder } from './nodes.ts';
import { smoothPrecisely } from './smoothing-spline-precise.ts';
import { smoothInKernel } from './spline-kernel.ts';
import { type SplineKnots, splineKnots } from './spline-knots.ts';

/**
 * The natural cubic smoothing spline: the `u` that minimises `Σ_i (y_i - u(t_i))² + λ ∫ u''(t)² dt`. It is linear in the
 * values `y`. Between the knots it is a cubic, outside the outermost knots a straight line; λ = 0 interpolates, a large λ
 * gives the least-squares line. λ means what `lam` means in SciPy's `make_smoothing_spline`.
 *
 * C. Reinsch, "Smoothing by spline functions", 1967; P. J. Green & B. W. Silverman, "Nonparametric Regression and
 * Generalized Linear Models", 1993, chapter 2.
 */
export interface SmoothingSpline {
  /** The smoothing matrix [points.length, n]: row `i` evaluates the spline at `points[i]`. Rows sum to 1. */
  matrix(): Matrix;
  /**
   * The spline through `values` at the points.
   * @param values [n, m] row-major, in the order of the knots as given
   * @returns [points.length, m]
   * @throws RangeError when `values` does not fill [n, m]
   */
  apply(values: Float64Array, m: number): Float64Array;
}

/**
 * The smoothing spline with the given knots and λ, evaluated at `points`. One knot gives a constant, two a line.
 * @param knots [n], distinct and finite, in any order
 * @param points in any order, also outside the knots
 * @param lambda in [0, ∞), in units of (knot distance)³
 * @throws RangeError when there is no knot, a knot occurs twice, or λ is not a finite number ≥ 0
 */
export function smoothingSpline(knots: ArrayLike<number>, points: ArrayLike<number>, lambda: number): SmoothingSpline {
  const n = knots.length;
  if (n === 0) throw new RangeError('a smoothing spline needs at least one knot');
  const rows = ascendingOrder(knots);
  const sorted = Float64Array.from(rows, (row) => knots[row]!);
  const smoother = splineSmoother(n);
  smoother.fit(splineKnots(sorted, rows, points), lambda);
  return {
    matrix: () => smoother.matrix(),
    apply(values, m) {
      if (values.length !== n * m) throw new RangeError(`${values.length} values do not fill [${n}, ${m}]`);
      return smoother.apply(values, m);
    },
  };
}

/** The splines of many knot sets and λ, in workspace that is allocated once. */
export interface SplineSmoother {
  /** Takes knots, at most the capacity, and λ for the calls that follow. @throws RangeError unless λ is finite and ≥ 0 */
  fit(knots: SplineKnots, lambda: number): void;
  /** [points, n], column `c` belonging to row `c` of the values: defined where `rows` is a permutation of 0 … n-1. */
  matrix(): Matrix;
  /** @param values rows of `m`, of which only those in `rows` are read. @returns [points, m] */
  apply(values: Float64Array, m: number): Float64Array;
}

/**
 * A pivot that falls below this share of its diagonal entry has lost that many digits to a tiny gap between neighbours; a
 * second loss of the same size follows in the solution. Survivors of Chebyshev nodes stay far above it.
 */
const smallestPivotShare = 1e-4;

/**
 * With sorted knots `t`, gaps `h`, second differences `Q [n, n-2]` and the tridiagonal `R [n-2, n-2]`, Reinsch's system is
 * `(R + λ QᵀQ) γ = Qᵀ y`, `g = y - λ Q γ`: `g` are the spline's values and `γ` its second derivatives at the knots. Here it is
 * scaled by 1/(1+λ), so that no λ overflows: `(v R + w QᵀQ) δ = Qᵀ y`, `v = 1/(1+λ)`, `w = λ/(1+λ)`, `g = y - w Q δ`, `γ = v δ`.
 * The matrix is factored as L D Lᵀ in O(n), once a λ.
 * @param capacity the largest number of knots
 */
export function splineSmoother(capacity: number): SplineSmoother {
  let of = splineKnots(new Float64Array(1), new Int32Array(1), []);
  let v = 1;
  let w = 0;
  let lambda = 0;
  let precise = false;
  /** [capacity+1, 3]: the inverse pivot, and the entries of L one and two below the diagonal; row `i+1` belongs to knot `i`. */
  const factors = new Float64Array(3 * (capacity + 1));

  function fit(knots: SplineKnots, smoothing: number): void {
    if (!(smoothing >= 0 && smoothing < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`lambda is ${smoothing}; it must be a finite number of at least 0`);
    }
    of = knots;
    lambda = smoothing;
    v = 1 / (1 + lambda);
    w = lambda === 0 ? 0 : 1 / (1 + 1 / lambda);
    precise = !factor();
  }

  /** @returns whether every pivot kept its digits */
  function factor(): boolean {
    const { knots: t, inverse } = of;
    const n = t.length;
    const third = v / 3;
    const sixth = v / 6;
    let pivot1 = 0; // of the knot before, and the one before that
    let pivot2 = 0;
    let one1 = 0; // factor entries that reach this row: from the knot before, …
    let two1 = 0;
    let two2 = 0;
    let sound = true;
    for (let i = 1; i < n - 1; i++) {
      const r0 = inverse[i]!;
      const r1 = inverse[i + 1]!;
      const r2 = inverse[i + 2]!;
      const s0 = r0 + r1;
      const diagonal = third * (t[i + 1]! - t[i - 1]!) + w * (r0 * r0 + s0 * s0 + r1 * r1);
      const carried = one1 * pivot1;
      const pivot = diagonal - one1 * carried - two2 * two2 * pivot2;
      sound = sound && pivot > smallestPivotShare * diagonal;
      const inverted = 1 / pivot;
      const at = 3 * (i + 1);
      factors[at] = inverted;
      one1 = i < n - 2 ? (sixth * (t[i + 1]! - t[i]!) - w * r1 * (s0 + r1 + r2) - two1 * carried) * inverted : 0;
      factors[at + 1] = one1;
      two2 = two1;
      two1 = i < n - 3 ? w * r1 * r2 * inverted : 0;
      factors[at + 2] = two1;
      pivot2 = pivot1;
      pivot1 = pivot;
    }
    return sound;
  }

  return { fit, matrix: smoothingMatrix, apply };

  function apply(values: Float64Array, m: number): Float64Array {
    if (precise) return smoothPrecisely(of, lambda, values, m);
    return smoothInKernel(of, factors, v, w, values, m) ?? smoothPlainly(of, factors, v, w, values, m);
  }

  function smoothingMatrix(): Matrix {
    const n = of.knots.length;
    const identity = new Float64Array(n * n);
    for (let i = 0; i < n; i++) identity[i * n + i] = 1;
    return matrix(of.points.length, n, apply(identity, n));
  }
}

/** What `smoothInKernel` computes, operation for operation, in plain TypeScript. */
export function smoothPlainly(
  { rows, inverse, interval, coefficients }: SplineKnots,
  factors: Float64Array,
  v: number,
  w: number,
  values: Float64Array,
  m: number,
): Float64Array {
  const n = rows.length;
  const out = new Float64Array(interval.length * m);
  /** δ [n+3, m], row `i+1` belonging to knot `i`: zero at the outermost knots, where the second derivative vanishes, and outside. */
  const delta = new Float64Array((n + 3) * m);

  /** `L z = Qᵀ y` */
  function forward(): void {
    for (let i = 1; i < n - 1; i++) {
      const y0 = rows[i - 1]! * m;
      const y1 = rows[i]! * m;
      const y2 = rows[i + 1]! * m;
      const r0 = inverse[i]!;
      const r1 = inverse[i + 1]!;
      const one = -factors[3 * i + 1]!;
      const two = -factors[3 * i - 1]!;
      const to = (i + 1) * m;
      const before = to - m;
      const earlier = before - m;
      for (let j = 0; j < m; j++) {
        delta[to + j] =
          r1 * (values[y2 + j]! - values[y1 + j]!) -
          r0 * (values[y1 + j]! - values[y0 + j]!) +
          (one * delta[before + j]! + two * delta[earlier + j]!);
      }
    }
  }

  /** `Lᵀ δ = D⁻¹ z` */
  function backward(): void {
    for (let i = n - 2; i > 0; i--) {
      const inverted = factors[3 * i + 3]!;
      const one = -factors[3 * i + 4]!;
      const two = -factors[3 * i + 5]!;
      const to = (i + 1) * m;
      const next = to + m;
      const later = next + m;
      for (let j = 0; j < m; j++) {
        delta[to + j] = inverted * delta[to + j]! + (one * delta[next + j]! + two * delta[later + j]!);
      }
    }
  }

  /** The points' values from `y` and δ: `g = y - w Q δ` put into the evaluation, so that `g` is computed only where needed. */
  function evaluate(): void {
    const last = rows.length - 1;
    for (let p = 0; p < interval.length; p++) {
      const i = interval[p]!;
      const a = coefficients[4 * p]!;
      const b = coefficients[4 * p + 1]!;
      const e0 = -w * a * inverse[i]!;
      const e3 = -w * b * inverse[i + 2]!;
      const middle = w * (a - b) * inverse[i + 1]!;
      const e1 = middle - e0 + v * coefficients[4 * p + 2]!;
      const e2 = v * coefficients[4 * p + 3]! - middle - e3;
      const y0 = rows[i]! * m;
      const y1 = rows[Math.min(i + 1, last)]! * m;
      const x0 = i * m;
      const x1 = x0 + m;
      const x2 = x1 + m;
      const x3 = x2 + m;
      const to = p * m;
      for (let j = 0; j < m; j++) {
        out[to + j] =
          a * values[y0 + j]! +
          b * values[y1 + j]! +
          (e0 * delta[x0 + j]! + e3 * delta[x3 + j]!) +
          (e1 * delta[x1 + j]! + e2 * delta[x2 + j]!);
      }
    }
  }

  forward();
  backward();
  evaluate();
  return out;
}
