import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A source of uniform random numbers; each draw advances it. */
export interface RandomStream {
  /** A double in [0, 1). */
  uniform(): number;
  /** An integer in [0, bound), without modulo bias. */
  integer(bound: number): number;
  /** A standard normal deviate. */
  normal(): number;
}

/**
 * The random stream of one purpose. Streams with different keys are independent (the state is a SHA-256 of the keys), so a
 * trial draws the same numbers alone, in any order and on any number of threads.
 * @param keys what the numbers are for, such as `(seed, trial, 'batch')`
 */
export function randomStream(...keys: (string | number)[]): RandomStream {
  const digest = hash('sha256', JSON.stringify(keys), 'buffer');
  const state: number[] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  if (!state.some((word) => word !== 0)) state[0] = 1; // the all-zero state is the generator's fixed point
  const generator = xoroshiro128plusFromState(state);
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    integer(bound) {
      const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
      for (;;) {
        const word = generator.next() >>> 0;
        if (word < limit) return word % bound;
      }
    },
    normal() {
      // Box-Muller; 1 - u keeps the logarithm finite
      return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    },
  };
}

/**
 * The first `count` places of a uniformly random permutation of 0 … size-1 (Fisher-Yates; sparse where few are drawn: O(count)). A
 * longer draw from an equal stream begins with the shorter one, which pairs experiments of different sizes.
 * @throws RangeError when `count > size`
 */
export function sampleWithoutReplacement(stream: RandomStream, size: number, count: number): number[] {
  if (count > size) throw new RangeError(`cannot draw ${count} of ${size} without replacement`);
  const drawn: number[] = [];
  if (4 * count > size) {
    const places = Int32Array.from({ length: size }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + stream.integer(size - i);
      drawn.push(places[j]!);
      places[j] = places[i]!;
    }
    return drawn;
  }
  const moved = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const j = i + stream.integer(size - i);
    drawn.push(moved.get(j) ?? j);
    moved.set(j, moved.get(i) ?? i);
  }
  return drawn;
}
