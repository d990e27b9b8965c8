import type { Matrix } from '../math/matrix.ts';
import { matrix } from '../math/matrix.ts';

/** Euclidean distances between points with Gram matrix `gram` [K, K]: `‖x_i - x_j‖² = G_ii - 2 G_ij + G_jj`. */
function pairDistances(gram: Matrix): Matrix {
  const { rows: K, data: G } = gram;
  const D = matrix(K, K);
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      D.data[i * K + j] = Math.sqrt(Math.max(G[i * K + i]! + G[j * K + j]! - 2 * G[i * K + j]!, 0));
    }
  }
  return D;
}

/**
 * A short open path through all points: the nearest-neighbour path from each of three starts, improved by 2-opt until no
 * reversal shortens it; the shortest of the three.
 * @param gram Gram matrix of the points [K, K]
 * @returns [K], the point at each place of the path
 */
export function pathOrder(gram: Matrix): Int32Array {
  const K = gram.rows;
  const distances = pairDistances(gram);
  const starts = K < 3 ? Array.from({ length: K }, (_, k) => k) : [0, Math.floor((K - 1) / 2), K - 1];
  let best: Int32Array | undefined;
  let bestLength = Number.POSITIVE_INFINITY;
  for (const start of starts) {
    const path = nearestNeighbourPath(distances, start);
    improveByReversal(path, distances);
    const length = pathLength(path, distances);
    if (!best || length < bestLength - 1e-12) {
      best = path;
      bestLength = length;
    }
  }
  return best!;
}

/** Ties go to the smaller index. */
function nearestNeighbourPath({ rows: K, data: D }: Matrix, start: number): Int32Array {
  const path = new Int32Array(K);
  const left = new Set(Array.from({ length: K }, (_, k) => k));
  path[0] = start;
  left.delete(start);
  for (let p = 1; p < K; p++) {
    const row = path[p - 1]! * K;
    let next = -1;
    for (const q of left) if (next < 0 || D[row + q]! < D[row + next]!) next = q; // a Set keeps the ascending order
    path[p] = next;
    left.delete(next);
  }
  return path;
}

/** 2-opt on an open path, in place: reverses `path[i..j]` wherever that shortens it (the ends have no edge outwards). */
function improveByReversal(path: Int32Array, { rows: K, data: D }: Matrix): void {
  const edge = (p: number, q: number) => D[path[p]! * K + path[q]!]!;
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i < K - 1; i++) {
      for (let j = i + 1; j < K; j++) {
        const before = (i > 0 ? edge(i - 1, i) : 0) + (j < K - 1 ? edge(j, j + 1) : 0);
        const after = (i > 0 ? edge(i - 1, j) : 0) + (j < K - 1 ? edge(i, j + 1) : 0);
        // The margin keeps rounding from reversing to and fro for ever
        if (after < before - 1e-9) {
          path.subarray(i, j + 1).reverse();
          improved = true;
        }
      }
    }
  }
}

function pathLength(path: Int32Array, { rows: K, data: D }: Matrix): number {
  let length = 0;
  for (let p = 1; p < K; p++) length += D[path[p - 1]! * K + path[p]!]!;
  return length;
}
