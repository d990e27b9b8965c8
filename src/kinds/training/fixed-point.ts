import {
  centreAll,
  dot,
  multiplyTransposed,
  multiplyVector,
  type PrimeField,
  primeField,
} from '../../math/finite-field.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { UserError } from '../../util/errors.ts';

/**
 * How real numbers become integers: a feature in [0, 1] has `2^pixelBits` levels, a weight is a multiple of `2^-weightBits`
 * and an error of `2^-errorBits`.
 */
export interface FixedPoint {
  readonly pixelBits: number;
  readonly weightBits: number;
  readonly errorBits: number;
}

/** Largest integer that a feature becomes. */
export function featureLevels({ pixelBits }: FixedPoint): number {
  return 2 ** pixelBits - 1;
}

/** `round(value · scale)` as integers, never -0. */
export function quantise(values: ArrayLike<number>, scale: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = Math.round(values[i]! * scale) + 0;
  return out;
}

/** How far weights and errors may go before a true product could leave `[-(q-1)/2, (q-1)/2]`. */
export interface Certificates {
  /** `max_i ‖x_i‖₁` of the integer features. */
  readonly largestRowSum: number;
  /** `max_j ‖X_{:,j}‖₁` */
  readonly largestColumnSum: number;
  /** `|w_int| ≤ weightLimit` is safe; pessimistic, so the rounds are checked as well. */
  readonly weightLimit: number;
  readonly errorLimit: number;
}

/**
 * @param features [m, d] integers ≥ 0
 * @throws UserError when the errors, which reach 1, do not fit with `errorBits` fraction bits
 */
export function certify(field: PrimeField, features: Matrix, fixedPoint: FixedPoint): Certificates {
  const columns = new Float64Array(features.columns);
  let largestRowSum = 1; // of an all-zero matrix: every weight is safe, and the limit stays finite
  for (let i = 0; i < features.rows; i++) {
    let sum = 0;
    for (let j = 0; j < features.columns; j++) {
      const value = Math.abs(features.data[i * features.columns + j]!);
      sum += value;
      columns[j]! += value;
    }
    largestRowSum = Math.max(largestRowSum, sum);
  }
  const largestColumnSum = columns.reduce((most, sum) => Math.max(most, sum), 1);
  const errorLimit = Math.floor(field.half / largestColumnSum);
  if (2 ** fixedPoint.errorBits > errorLimit) {
    const most = Math.floor(Math.log2(errorLimit));
    const cure =
      most >= 0 ? `errorBits: ${most} is the most that fits` : 'not even errorBits: 0 fits; use fewer pixelBits';
    throw new UserError(
      `errorBits: ${fixedPoint.errorBits} overflows F_${field.q}: the largest column sum ${largestColumnSum} of the ${fixedPoint.pixelBits}-bit features leaves |e| ≤ ${errorLimit} of (q-1)/2; ${cure}`,
    );
  }
  return { largestRowSum, largestColumnSum, weightLimit: Math.floor(field.half / largestRowSum), errorLimit };
}

/** The second prime of the range check: any one but `q`. */
export function secondPrime(q: number): number {
  return q === 2 ** 26 - 5 ? 2 ** 25 - 39 : 2 ** 26 - 5;
}

/**
 * Checks of `z = X·w` and `g = Xᵀ·e` over another prime `p`: a true product that left the range of `F_q` came back shifted by
 * a multiple of `q`, and passes with probability `1/p`. Costs `rows + columns` products a round.
 */
export interface RangeCheck {
  readonly p: number;
  /** Whether `products` [rows] are the true integers `X·vector`, vector [columns]. */
  rows(vector: Float64Array, products: Float64Array): boolean;
  /** Whether `products` [columns] are the true integers `Xᵀ·vector`, vector [rows]. */
  columns(vector: Float64Array, products: Float64Array): boolean;
}

/**
 * @param features [m, d] integers
 * @param secret `count` uniform residues mod `p`
 */
export function rangeCheck(
  q: number,
  features: Matrix,
  secret: (p: number, count: number) => Float64Array,
): RangeCheck {
  const other = primeField(secondPrime(q));
  const left = secret(other.q, features.rows);
  const right = secret(other.q, features.columns);
  const reduced = matrix(features.rows, features.columns, centreAll(other, features.data));
  const leftProduct = multiplyTransposed(other, left, reduced); // rᵀX [columns]
  const rightProduct = multiplyVector(other, reduced, right); // X r [rows]
  const agree = (key: Float64Array, vector: Float64Array, r: Float64Array, products: Float64Array) =>
    dot(other, key, centreAll(other, vector)) === dot(other, r, centreAll(other, products));
  return {
    p: other.q,
    rows: (vector, products) => agree(leftProduct, vector, left, products),
    columns: (vector, products) => agree(rightProduct, vector, right, products),
  };
}
