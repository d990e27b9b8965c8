import * as z from 'zod';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Encoder, LinearDecoder, Scheme } from './codec.ts';
import { linearDecoder, nodesOf } from './linear.ts';
import {
  ascendingOrder,
  chebyshevFirstKind,
  type NodeRule,
  nodeRule,
  nodesCoincide,
  nodesSuffix,
  workerNodes,
} from './nodes.ts';

/**
 * The matrix of Berrut's first rational interpolant: row `i` evaluates
 * `r(z) = Σ_j w_j(z) y_j / Σ_j w_j(z)`, `w_j(z) = (-1)^j / (z - from_j)` at `z = to_i`, with the signs alternating along the
 * *sorted* `from`, which is what keeps the interpolant free of poles. Where `to_i` is a node (within 4·2^-52), the row is
 * that node's unit vector.
 *
 * J.-P. Berrut, "Rational functions for guaranteed and experimentally well-conditioned global interpolation", 1988, (2.1);
 * used for coding by Jahani-Nezhad & Maddah-Ali, "Berrut approximated coded computing", 2022.
 * @param from nodes in [-1, 1] that carry values, at least one, distinct, in any order
 * @param to points in [-1, 1] to evaluate at
 * @returns [to.length, from.length]; rows sum to 1
 * @throws RangeError when `from` is empty or has a repeated or non-finite node
 */
export function berrutMatrix(from: ArrayLike<number>, to: ArrayLike<number>): Matrix {
  const n = from.length;
  if (n === 0) throw new RangeError('Berrut interpolation needs at least one node');
  const order = ascendingOrder(from);
  const sign = new Float64Array(n);
  order.forEach((node, j) => {
    sign[node] = j % 2 === 0 ? 1 : -1;
  });
  const result = matrix(to.length, n);
  const weights = result.data;
  for (let i = 0; i < to.length; i++) {
    const z = to[i]!;
    const start = i * n;
    let sum = 0;
    let hit = false;
    for (let j = 0; j < n; j++) {
      hit ||= nodesCoincide(z, from[j]!);
      const weight = sign[j]! / (z - from[j]!);
      weights[start + j] = weight;
      sum += weight;
    }
    if (hit) {
      weights.fill(0, start, start + n);
      weights[start + nearestIndex(from, z)] = 1;
    } else for (let j = start; j < start + n; j++) weights[j]! /= sum;
  }
  return result;
}

function nearestIndex(nodes: ArrayLike<number>, point: number): number {
  let best = 0;
  for (let j = 1; j < nodes.length; j++) {
    if (Math.abs(nodes[j]! - point) < Math.abs(nodes[best]! - point)) best = j;
  }
  return best;
}

/** `A` [N, K]: Berrut's interpolant through the queries at their nodes `alpha`, evaluated at the workers' nodes `beta`. */
export function berrutEncodingMatrix(K: number, N: number, nodes: NodeRule): Matrix {
  return berrutMatrix(chebyshevFirstKind(K), workerNodes(N, nodes));
}

/** The encoder of BACC and ApproxIFER. */
export function berrutEncoder(K: number, N: number, nodes: NodeRule): Encoder {
  return { K, N, matrix: berrutEncodingMatrix(K, N, nodes) };
}

/** Decodes by Berrut's interpolant through the survivors' answers at their nodes, evaluated at the queries' nodes. */
export function berrutDecoder(K: number, N: number, nodes: NodeRule): LinearDecoder {
  const alpha = chebyshevFirstKind(K);
  const beta = workerNodes(N, nodes);
  return linearDecoder((survivors) => berrutMatrix(nodesOf(survivors, beta), alpha));
}

const options = z.strictObject({ nodes: nodeRule });

/** BACC: Berrut approximated coded computing (Jahani-Nezhad & Maddah-Ali 2022). */
export const bacc: Scheme<z.infer<typeof options>> = {
  name: 'bacc',
  summary: 'Berrut rational interpolation on Chebyshev nodes (Jahani-Nezhad & Maddah-Ali 2022)',
  options,
  label: ({ nodes }) => `BACC${nodesSuffix(nodes)}`,
  // any single answer decodes, so more queries than workers are legal: the code is then lossy even without stragglers
  minimumWorkers: ({ S, E }) => S + E + 1,
  workersFormula: 'S + E + 1',
  encoder: (K, N, { nodes }) => berrutEncoder(K, N, nodes),
  decoder: (K, N, { nodes }) => berrutDecoder(K, N, nodes),
};
