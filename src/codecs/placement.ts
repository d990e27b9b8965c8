import { randomStream, sampleWithoutReplacement } from '../util/random.ts';

/**
 * Which position of a scheme each worker holds: a fixed random permutation of 0 … N-1, the same for every scheme, batch and
 * seed. With it a burst of neighbouring workers (a lost rack) is a random pattern of positions, for replication and for
 * kriging alike.
 * @returns [N], the position of worker `n`
 */
export function workerPositions(N: number): Int32Array {
  return Int32Array.from(sampleWithoutReplacement(randomStream('worker positions', N), N, N));
}
