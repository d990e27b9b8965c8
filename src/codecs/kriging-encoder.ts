import { type Matrix, matrix } from '../math/matrix.ts';
import type { Encoder } from './codec.ts';
import { workerPositions } from './placement.ts';

/**
 * Coded points along the path of the queries: position `n` of `N` lies at `s = (n + ½)K/N - ½` on the path and is pulled
 * towards the nearest query `k` by `k + 4c(s - k)³`. `c = 0`: copies of the queries (replication); `c = 1`: the widest.
 * With `N = K` every position is a query, with `N < K` some queries have no weight anywhere.
 * @param c in [0, 1]
 * @returns [N, K], rows are positions; at most two non-zeros a row, which sum to one
 */
export function placementMatrix(K: number, N: number, c: number): Matrix {
  const A = matrix(N, K);
  const clip = (value: number) => Math.min(Math.max(value, 0), K - 1);
  for (let n = 0; n < N; n++) {
    const s = ((n + 0.5) * K) / N - 0.5;
    const k = clip(Math.floor(s + 0.5 - 1e-9)); // the smaller of two equally near queries
    const pulled = clip(k + 4 * c * (s - k) ** 3);
    const j = Math.max(0, Math.min(Math.floor(pulled), K - 2));
    A.data[n * K + j] = 1 - (pulled - j);
    if (K > 1) A.data[n * K + j + 1] = pulled - j;
  }
  return A;
}

/** The positions go to the workers through the fixed random permutation that replication uses too. */
export function krigingEncoder(K: number, N: number, c: number): Encoder {
  const A = matrix(N, K);
  const positions = placementMatrix(K, N, c).data;
  workerPositions(N).forEach((position, n) => {
    A.data.set(positions.subarray(position * K, (position + 1) * K), n * K);
  });
  return { K, N, matrix: A };
}
