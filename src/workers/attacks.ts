import { type RandomStream, sampleWithoutReplacement } from '../util/random.ts';
import type { Attack } from './attack-spec.ts';

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
 * The answers as the master receives them when some workers lie. With `y` the true answer of a liar [m]:
 *
 * - `gaussian`: `y + size·g`, g standard normal, drawn for each liar
 * - `sign-flip`: `-y`
 * - `constant`: every output is `size`
 * - `reversal`: `-size·y`
 * - `collusion`: `y + size·g` with one g for all liars
 * - `mimicry`: the true answer of the next worker that answers (of the one before, for the last)
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
  const { kind, size } = attack;
  const shift = kind === 'collusion' ? Float64Array.from({ length: m }, () => size * stream.normal()) : undefined;
  for (const liar of liars) {
    const row = received.subarray(liar * m, (liar + 1) * m);
    switch (kind) {
      case 'gaussian':
        for (let j = 0; j < m; j++) row[j]! += size * stream.normal();
        break;
      case 'sign-flip':
        for (let j = 0; j < m; j++) row[j] = -row[j]!;
        break;
      case 'constant':
        row.fill(size);
        break;
      case 'reversal':
        for (let j = 0; j < m; j++) row[j]! *= -size;
        break;
      case 'collusion':
        for (let j = 0; j < m; j++) row[j]! += shift![j]!;
        break;
      case 'mimicry': {
        const place = survivors.indexOf(liar);
        const neighbour = survivors[place + 1] ?? survivors[place - 1];
        // a lone survivor has nobody to imitate
        if (neighbour !== undefined) row.set(answers.subarray(neighbour * m, (neighbour + 1) * m));
        break;
      }
    }
  }
  return received;
}
