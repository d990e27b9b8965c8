import { type Matrix, matrix } from './matrix.ts';

/*
 * Own factorisation instead of ml-matrix's: the kriging decoder makes 44 a batch, which at 59 rows take 1.5 ms here and 4.6 ms
 * there (bench/kriging.js), and the right-hand sides are eliminated along with it.
 */

/**
 * Replaces the lower triangle of a symmetric matrix by its Cholesky factor `L`, `A = L·Lᵀ`, and each row `b` of `rows` by
 * `L⁻¹ b`. Only the lower triangle of `A` is read and written.
 * @param A [n, n] row-major
 * @param rows [q, n] row-major: right-hand sides, one a row
 * @returns false when `A` is not positive definite to working precision; the contents are then undefined
 */
export function choleskySolveLower(A: Float64Array, n: number, rows: Float64Array): boolean {
  for (let i = 0; i < n; i++) {
    const start = i * n;
    eliminate(A, n, A, start, i);
    let pivot = A[start + i]!;
    for (let k = 0; k < i; k++) pivot -= A[start + k]! ** 2;
    if (!(pivot > 0)) return false;
    A[start + i] = Math.sqrt(pivot);
  }
  for (let start = 0; start < rows.length; start += n) eliminate(A, n, rows, start, n);
  return true;
}

/** Forward substitution with the leading `count` rows of `L`, on the row of `target` that begins at `start`. */
function eliminate(L: Float64Array, n: number, target: Float64Array, start: number, count: number): void {
  for (let j = 0; j < count; j++) {
    const row = j * n;
    let sum = target[start + j]!;
    for (let k = 0; k < j; k++) sum -= target[start + k]! * L[row + k]!;
    target[start + j] = sum / L[row + j]!;
  }
}

/** Replaces each row `b` of `rows` [q, n] by `L⁻ᵀ b`. */
export function solveUpper(L: Float64Array, n: number, rows: Float64Array): void {
  for (let start = 0; start < rows.length; start += n) {
    for (let j = n - 1; j >= 0; j--) {
      const value = rows[start + j]! / L[j * n + j]!;
      rows[start + j] = value;
      for (let k = 0; k < j; k++) rows[start + k]! -= value * L[j * n + k]!;
    }
  }
}

/** `ln det A` from the Cholesky factor of `A` [n, n]. */
export function logDeterminant(L: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(L[i * n + i]!);
  return 2 * sum;
}

/**
 * A matrix of at most as many columns as rows with the Gram matrix of the rows of `Y`: `Y` itself, or the Cholesky factor
 * of `Y·Yᵀ` when `Y` has more columns than rows. Pivots at rounding level count as zero, so `Y` may be rank-deficient.
 * @param Y [n, m]
 * @returns [n, min(n, m)]
 */
export function compressColumns(Y: Matrix): Matrix {
  const { rows: n, columns: m } = Y;
  if (m <= n) return Y;
  const C = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < m; c++) sum += Y.data[i * m + c]! * Y.data[j * m + c]!;
      C.data[i * n + j] = sum;
    }
  }
  const norms = Float64Array.from({ length: n }, (_, i) => C.data[i * n + i]!);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = C.data[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= C.data[i * n + k]! * C.data[j * n + k]!;
      const negligible = sum <= n * Number.EPSILON * norms[i]!;
      if (i === j) C.data[i * n + i] = negligible ? 0 : Math.sqrt(sum);
      else C.data[i * n + j] = C.data[j * n + j] === 0 ? 0 : sum / C.data[j * n + j]!;
    }
  }
  return C;
}
