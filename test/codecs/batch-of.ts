import type { Batch, Received } from '../../src/codecs/codec.ts';
import { randomStream } from '../../src/util/random.ts';
import { gramOf } from './arrays.ts';

/** A batch of the given points, for tests of codecs. @param rows K points of D values */
export function batchOf(rows: readonly (readonly number[])[]): Batch {
  const K = rows.length;
  const D = rows[0]!.length;
  const G = gramOf(rows);
  return { points: Float32Array.from(rows.flat()), K, D, gram: () => G };
}

/** What a master holds after `answers` [N][m] came from the survivors. */
export function receivedOf(
  parts: Pick<Received, 'encoding' | 'batch'> & { E?: number; seed?: number },
  answers: readonly (readonly number[])[],
  survivors: readonly number[],
): Received {
  return {
    answers: Float64Array.from(answers.flat()),
    m: answers[0]!.length,
    survivors: Int32Array.from(survivors),
    encoding: parts.encoding,
    batch: parts.batch,
    E: parts.E ?? 0,
    random: () => randomStream('test', parts.seed ?? 0),
  };
}
