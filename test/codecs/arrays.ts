import { type Matrix, matrix } from '../../src/math/matrix.ts';

export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return matrix(rows.length, rows[0]!.length, Float64Array.from(rows.flat()));
}

export function rowsOf({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);
}

export function multiply(A: Matrix, B: Matrix): Matrix {
  const b = rowsOf(B);
  return matrixOf(
    rowsOf(A).map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0))),
  );
}

/** `X·Xᵀ` */
export function gramOf(X: readonly (readonly number[])[]): Matrix {
  return matrixOf(X.map((a) => X.map((b) => a.reduce((sum, value, d) => sum + value * b[d]!, 0))));
}
