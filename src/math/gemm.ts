import type { Matrix } from './matrix.ts';

/** `A·X`: encodes points. @param points [K, D] row-major @param out [N, D] row-major, overwritten */
export function encodePoints(a: Matrix, points: Float32Array, D: number, out: Float32Array): void {
  out.fill(0, 0, a.rows * D);
  for (let n = 0; n < a.rows; n++) {
    for (let k = 0; k < a.columns; k++) {
      const weight = a.data[n * a.columns + k]!;
      for (let d = 0; d < D; d++) out[n * D + d]! += weight * points[k * D + d]!;
    }
  }
}
