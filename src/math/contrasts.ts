import { type Matrix, matrix } from './matrix.ts';

/*
 * Orthonormal contrasts: the columns of `P` [n, n-1] are a basis of the vectors that sum to zero. `P` is the Householder
 * reflection `H = I - v·vᵀ/(1 + 1/√n)`, `v = 1/√n + e_0`, which maps the constant vector to the first axis, without its
 * first column; no product needs `P` itself. Rows of a matrix are the vectors here: `Z·P` and `Z·Pᵀ`.
 */

/** @param Z [q, n] @returns `Z·P` [q, n-1] */
export function toContrasts(Z: Matrix): Matrix {
  const { rows: q, columns: n } = Z;
  const result = matrix(q, n - 1);
  const root = Math.sqrt(n);
  for (let r = 0; r < q; r++) {
    const row = Z.data.subarray(r * n, (r + 1) * n);
    const share = (row.reduce((sum, value) => sum + value, 0) / root + row[0]!) / (1 + 1 / root) / root;
    for (let i = 1; i < n; i++) result.data[r * (n - 1) + i - 1] = row[i]! - share;
  }
  return result;
}

/** @param Z [q, n-1] @returns `Z·Pᵀ` [q, n], rows summing to zero */
export function fromContrasts(Z: Matrix): Matrix {
  const q = Z.rows;
  const n = Z.columns + 1;
  const result = matrix(q, n);
  const root = Math.sqrt(n);
  for (let r = 0; r < q; r++) {
    const row = Z.data.subarray(r * (n - 1), (r + 1) * (n - 1));
    const sum = row.reduce((total, value) => total + value, 0);
    const share = sum / root / (1 + 1 / root) / root;
    result.data[r * n] = -sum / root;
    for (let i = 1; i < n; i++) result.data[r * n + i] = row[i - 1]! - share;
  }
  return result;
}

/** @param V symmetric [n, n] @returns `Pᵀ·V·P` [n-1, n-1] */
export function betweenContrasts(V: Matrix): Matrix {
  return toContrasts(transpose(toContrasts(V)));
}

export function transpose(A: Matrix): Matrix {
  const { rows, columns } = A;
  const result = matrix(columns, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result.data[j * rows + i] = A.data[i * columns + j]!;
  }
  return result;
}
