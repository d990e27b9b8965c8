import type { Received } from './codec.ts';

/**
 * What stands in for a query that nothing can be said about, because all its answers are lost.
 * `nearest`: the answer of the nearest available query in input space. `random`: a uniformly random class, the convention of
 * the parity-model papers; such outputs only carry a class.
 */
export const fallbacks = ['nearest', 'random'] as const;
export type Fallback = (typeof fallbacks)[number];

/**
 * Fills the rows of queries that are not available, in place.
 * @param outputs [K, m], in the scheme's own order
 * @param available [K], 1 where the row is known; at least one
 */
export function fillUnavailable(
  outputs: Float64Array,
  available: Uint8Array,
  fallback: Fallback,
  received: Pick<Received, 'batch' | 'encoding' | 'random'>,
): void {
  const { batch, encoding } = received;
  const m = outputs.length / available.length;
  const stream = fallback === 'random' ? received.random() : undefined;
  for (let k = 0; k < available.length; k++) {
    if (available[k]) continue;
    if (stream) {
      outputs.fill(0, k * m, (k + 1) * m);
      outputs[k * m + stream.integer(m)] = 1;
    } else {
      const neighbour = nearestAvailable(k, available, batch.gram().data, encoding.order);
      outputs.copyWithin(k * m, neighbour * m, (neighbour + 1) * m);
    }
  }
}

/** `‖x_a - x_b‖² = G_aa - 2 G_ab + G_bb`; ties go to the smaller position. @param order the query at each position */
function nearestAvailable(position: number, available: Uint8Array, G: Float64Array, order?: Int32Array): number {
  const K = available.length;
  const query = order?.[position] ?? position;
  let best = available.indexOf(1);
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let other = 0; other < K; other++) {
    const j = order?.[other] ?? other;
    const distance = G[j * K + j]! - 2 * G[query * K + j]!; // without G_aa, which is the same for all
    if (available[other] && distance < bestDistance) {
      best = other;
      bestDistance = distance;
    }
  }
  return best;
}
