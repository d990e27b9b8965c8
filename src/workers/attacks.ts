import { type RandomStream, sampleWithoutReplacement } from '../util/random.ts';
import type { Attack } from './attack-spec.ts';
import { attacks } from './faults/attacks/registry.ts';

/**
 * Chooses the Byzantine workers among those that answer.
 *
 * `random`: every E-subset is equally likely. `worst`: the E neighbouring candidates around the middle of the node order:
 * Chebyshev nodes are sparsest there, so an interpolating decoder spreads such answers widest, and the published
 * locator (`Q(0) = 1`) is almost blind at node 0. It depends on nothing but the numbers, so schemes stay paired.
 *
 * @param candidates worker numbers that answer, ascending
 * @param E how many lie
 * @param N workers in all
 * @returns worker numbers, ascending
 * @throws RangeError when fewer than E workers answer
 */
export function chooseLiars(
  candidates: Int32Array,
  E: number,
  placement: Attack['workers'],
  stream: RandomStream,
  N: number,
): Int32Array {
  if (placement === 'random') {
    const places = sampleWithoutReplacement(stream, candidates.length, E);
    return Int32Array.from(places, (place) => candidates[place]!).sort();
  }
  if (E > candidates.length) throw new RangeError(`${E} Byzantine workers among ${candidates.length} that answer`);
  const distance = (worker: number) => Math.abs(2 * worker - (N - 1));
  return candidates
    .slice()
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, E)
    .sort();
}

/**
 * The answers as the master receives them when some workers lie.
 *
 * @param answers true answers [N, m] row-major; not changed
 * @param liars worker numbers, ascending, among the survivors
 * @param survivors worker numbers that answer, ascending
 * @returns a copy [N, m] with the liars' rows replaced
 */
export function applyAttack(
  answers: Float64Array,
  m: number,
  liars: Int32Array,
  attack: Attack,
  stream: RandomStream,
  survivors: Int32Array,
): Float64Array {
  const received = answers.slice();
  const kind = attacks.get(attack.kind);
  if (!kind.liar) throw new RangeError(`liars of the attack ${attack.kind} are not chosen beforehand`);
  const lie = kind.liar({ m, size: attack.size, stream, answers, survivors });
  for (const liar of liars) lie(received.subarray(liar * m, (liar + 1) * m), liar);
  return received;
}
