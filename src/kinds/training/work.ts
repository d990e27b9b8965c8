import type { LagrangeCode } from '../../codecs/lagrange.ts';
import type { Work } from './cluster.ts';

/** How many operations decoding is, for the simulated clock. `places` are those of the answers in the code. */

/** Interpolation: a data node that a worker has costs a copy, and the Lagrange basis comes first. @param width of an answer */
export function interpolationWork({ K, T, threshold }: LagrangeCode, places: readonly number[], width: number): Work {
  const copied = T > 0 ? 0 : places.slice(0, threshold).filter((place) => place < K).length;
  return { products: ((K - copied) * threshold + copied) * width + threshold * (threshold + K) };
}

/**
 * Decoding with spare answers: whether they are what the others predict, and interpolation. Where they are not: a random
 * combination of the coordinates, Euclid's algorithm on it, and the same check again.
 */
export function correctionWork(code: LagrangeCode, places: readonly number[], width: number, wrong: boolean): Work {
  const n = places.length;
  const check = (n - code.threshold) * code.threshold * width;
  const location = wrong ? n * width + 8 * n * n + check : 0;
  return { products: interpolationWork(code, places, width).products! + check + location };
}
