import * as fc from 'fast-check';
import type { Batch, Received } from '../../src/codecs/codec.ts';
import { type Matrix, matrix } from '../../src/math/matrix.ts';
import { randomStream } from '../../src/util/random.ts';

/** A batch for encoders that do not look at it. */
export function batchOf(K: number): Batch {
  return {
    points: new Float32Array(K),
    K,
    D: 1,
    gram: () => {
      throw new Error('this encoder must not look at the batch');
    },
  };
}

export function received(answers: Float64Array, m: number, survivors: Int32Array): Received {
  const batch = batchOf(1);
  return { answers, m, survivors, encoding: { matrix: matrix(0, 0) }, batch, E: 0, random: () => randomStream('test') };
}

/** All non-empty survivor sets of N workers. */
export function survivorSets(N: number): Int32Array[] {
  return Array.from({ length: 2 ** N - 1 }, (_, bits) =>
    Int32Array.from(Array.from({ length: N }, (_, n) => n).filter((n) => ((bits + 1) >> n) & 1)),
  );
}

/** Random non-empty survivor sets of N workers, ascending. */
export function subsets(N: number): fc.Arbitrary<Int32Array> {
  return fc
    .subarray(
      Array.from({ length: N }, (_, n) => n),
      { minLength: 1 },
    )
    .map((chosen) => Int32Array.from(chosen).sort());
}

export function largestRowSumError({ rows, columns, data }: Matrix): number {
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += data[i * columns + j]!;
    worst = Math.max(worst, Math.abs(sum - 1));
  }
  return worst;
}

/** `B [K, |F|]` times the rows `survivors` of `A [N, K]`, the slow way. */
export function product(B: Matrix, A: Matrix, survivors: Int32Array): Matrix {
  const result = matrix(B.rows, A.columns);
  for (let i = 0; i < B.rows; i++) {
    for (let j = 0; j < A.columns; j++) {
      for (let f = 0; f < survivors.length; f++) {
        result.data[i * A.columns + j]! += B.data[i * B.columns + f]! * A.data[survivors[f]! * A.columns + j]!;
      }
    }
  }
  return result;
}
