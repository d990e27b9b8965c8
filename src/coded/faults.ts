import { DecodeFailure } from '../util/errors.ts';
import type { RandomStream } from '../util/random.ts';
import { late, lying, noisy } from '../workers/faults/fault.ts';
import { drawSurvivors, stragglerLabel } from '../workers/stragglers.ts';
import type { Reply } from '../workers/workers.ts';
import type { Condition } from './conditions.ts';
import type { TrialStreams } from './streams.ts';

/**
 * Who is in time in a trial: the same workers for all cells of N workers with S stragglers under one model and pattern, as
 * the same array.
 */
export function inTimeDraws(streams: TrialStreams): (pattern: number, N: number, condition: Condition) => Int32Array {
  const drawn = new Map<string, Int32Array>();
  let last: {
    readonly pattern: number;
    readonly N: number;
    readonly condition: Condition;
    readonly inTime: Int32Array;
  };
  return (pattern, N, condition) => {
    // the cells of a condition follow each other
    if (last?.condition === condition && last.N === N && last.pattern === pattern) return last.inTime;
    const { stragglers, S = 0 } = condition;
    const id = `${N}/${S}/${stragglerLabel(stragglers)}/${pattern}`;
    let inTime = drawn.get(id);
    if (!inTime) {
      inTime = drawSurvivors(stragglers, N, S, streams.stragglers(pattern, N, stragglers));
      drawn.set(id, inTime);
    }
    last = { pattern, N, condition, inTime };
    return inTime;
  };
}

/** The reply without the stragglers' answers. */
export function withStragglers(reply: Reply, inTime: Int32Array): Reply {
  return late(inTime)(reply);
}

/** The reply with the noise of the condition. @param stream begun only where there is noise */
export function withNoise(reply: Reply, { noise }: Pick<Condition, 'noise'>, stream: () => RandomStream): Reply {
  return noise === undefined ? reply : noisy(noise, stream())(reply);
}

/**
 * The reply with the lies of the condition's Byzantine workers.
 * @param stream of the attack; begun only where there is one
 * @param influence `B_F` of the decoder, where it is a linear map: for attacks that know it
 * @throws DecodeFailure when fewer workers answered than are to lie, or none at all
 */
export function withLiars(
  reply: Reply,
  { E, attack }: Condition,
  stream: () => RandomStream,
  influence?: () => Float64Array,
): Reply {
  const came = reply.answered.length;
  if (came === 0) throw new DecodeFailure('no worker answered');
  if (E === 0 || !attack) return reply;
  if (came < E) throw new DecodeFailure(`${E} Byzantine workers among ${came} that answer`);
  return lying(attack, E, stream(), influence)(reply);
}
