import type { Batch } from '../codecs/codec.ts';
import { encode } from '../codecs/encoder.ts';
import { encodePoints } from '../math/gemm.ts';
import { seconds } from '../util/clock.ts';
import { randomStream } from '../util/random.ts';
import { gramMatrix } from './draw.ts';
import { locate } from './locate.ts';
import type { Cell } from './plan.ts';

/** A time is the median of at least so many repetitions, and of as many as fit in these seconds: the first ones run before the code is compiled. */
const least = { repetitions: 15, seconds: 0.05 };
const most = 500;

/**
 * What a batch of this cell costs the master besides asking the workers: encoding and decoding, on this machine, in one thread.
 * @param late workers whose answers are missing
 * @returns seconds, the median of several repetitions
 */
export function masterSeconds({ codec, N }: Cell, D: number, m: number, late: number, E: number): number {
  const { K } = codec.encoder;
  const stream = randomStream('master-time');
  const points = Float32Array.from({ length: K * D }, () => stream.uniform());
  const answers = Float64Array.from({ length: N * m }, () => stream.normal());
  // the first ones late, or the last ones: decoders remember the last set of answers
  const came = [late, 0].map((first) => Int32Array.from({ length: N - late }, (_, i) => i + first));
  const coded = new Float32Array(N * D);
  const once = (repetition: number) => {
    const began = seconds();
    const batch: Batch = { points, K, D, gram: () => gramMatrix(points, K, D) };
    const encoding = encode(codec.encoder, batch);
    encodePoints(encoding.matrix, points, D, coded);
    const received = { answers, m, survivors: came[repetition % 2]!, encoding, batch, E, random: () => stream };
    codec.decoder.decode(locate(E > 0 ? codec.locator : undefined, received).received);
    return seconds() - began;
  };
  const times: number[] = [];
  const end = seconds() + least.seconds;
  while (times.length < least.repetitions || (seconds() < end && times.length < most)) times.push(once(times.length));
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
