import type { RandomStream } from '../../util/random.ts';
import type { Attack } from '../attack-spec.ts';
import { applyAttack, chooseLiars } from '../attacks.ts';
import type { Reply, Workers } from '../workers.ts';

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
 * Byzantine workers: E of those that answered lie.
 * @param stream chooses the liars, then draws their answers
 * @throws RangeError when fewer than E workers answered
 */
export function lying(attack: Attack, E: number, stream: RandomStream): Fault {
  return (reply) => {
    const { answers, m, answered } = reply;
    const liars = chooseLiars(answered, E, attack.workers, stream, answers.length / m);
    return { ...reply, answers: applyAttack(answers, m, liars, attack, stream, answered), liars };
  };
}
