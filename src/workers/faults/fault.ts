import type { RandomStream } from '../../util/random.ts';
import type { Attack } from '../attack-spec.ts';
import { applyAttack, chooseLiars } from '../attacks.ts';
import type { Reply, Workers } from '../workers.ts';
import { attacks } from './attacks/registry.ts';

/** What goes wrong between the workers and the master: another reply in place of the one that came. */
export type Fault = (reply: Reply) => Reply;

/** Workers with a fault. Where one reply serves many faults, apply those to the reply instead. */
export function withFault(workers: Workers, fault: Fault): Workers {
  return { ask: async (task) => fault(await workers.ask(task)) };
}

/**
 * Stragglers: of those that answered, only some are in time.
 * @param inTime numbers of the workers that do not straggle, ascending
 */
export function late(inTime: Int32Array): Fault {
  return (reply) => {
    if (reply.answered.length === reply.answers.length / reply.m) return { ...reply, answered: inTime };
    const came = new Set(reply.answered);
    return { ...reply, answered: inTime.filter((worker) => came.has(worker)) };
  };
}

/**
 * Noise of the machines themselves: normal with standard deviation `size`, on every output of every worker, honest or not.
 * @param stream N·m normal numbers in the order of the workers, so that who is late changes nothing for the others
 */
export function noisy(size: number, stream: RandomStream): Fault {
  return (reply) => ({ ...reply, answers: reply.answers.map((value) => value + size * stream.normal()) });
}

/**
 * Byzantine workers: E of those that answered lie.
 * @param stream chooses the liars, then draws their answers
 * @param influence what each answer adds to the decoded outputs, for attacks that know the decoder
 * @throws RangeError when fewer than E workers answered
 */
export function lying(attack: Attack, E: number, stream: RandomStream, influence?: () => Float64Array): Fault {
  return (reply) => {
    const { answers, m, answered } = reply;
    const { conspire } = attacks.get(attack.kind);
    if (conspire && influence) {
      const known = { m, size: attack.size, stream, answers, survivors: answered, E, influence: influence() };
      const { liars, lies } = conspire(known);
      const received = answers.slice();
      liars.forEach((liar, place) => {
        received.set(lies.subarray(place * m, (place + 1) * m), liar * m);
      });
      return { ...reply, answers: received, liars };
    }
    const liars = chooseLiars(answered, E, attack.workers, stream, answers.length / m);
    return { ...reply, answers: applyAttack(answers, m, liars, attack, stream, answered), liars };
  };
}
