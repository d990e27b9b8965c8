import * as z from 'zod';
import { attackKind } from './attack.ts';

/**
 * Liars who know the decoder. One after the other joins whose lie adds most to the squared error of the decoded outputs, given
 * the lies before: for each output, `+size` or `-size`, whichever is worse. No sign or place is tried again, so it is a lower
 * bound on what the best liars of bounded answers reach.
 */
export const greedy = attackKind({
  name: 'greedy',
  summary: 'liars who know the decoding matrix: each chooses worker and signs that hurt most, answers within ±size',
  size: { schema: z.number().positive(), usual: 10, meaning: 'the largest answer in absolute value' },
  conspire({ m, size, answers, survivors, E, influence }) {
    const n = survivors.length;
    const K = influence.length / n;
    const strength = new Float64Array(n); // ‖b_i‖²
    for (let k = 0; k < K; k++) for (let i = 0; i < n; i++) strength[i]! += influence[k * n + i]! ** 2;
    const pull = new Float64Array(n * m); // b_i · error of output j so far
    const lie = new Map<number, Float64Array>();
    while (lie.size < E) {
      let best = -1;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < n; i++) {
        if (lie.has(i)) continue;
        let gain = 0;
        for (let j = 0; j < m; j++) {
          const y = answers[survivors[i]! * m + j]!;
          gain += Math.max(
            added(size - y, pull[i * m + j]!, strength[i]!),
            added(-size - y, pull[i * m + j]!, strength[i]!),
          );
        }
        if (gain > most) [best, most] = [i, gain];
      }
      const chosen = new Float64Array(m);
      for (let j = 0; j < m; j++) {
        const y = answers[survivors[best]! * m + j]!;
        const p = pull[best * m + j]!;
        chosen[j] = added(size - y, p, strength[best]!) >= added(-size - y, p, strength[best]!) ? size : -size;
        const change = chosen[j]! - y;
        for (let k = 0; k < K; k++) {
          const step = influence[k * n + best]! * change;
          for (let i = 0; i < n; i++) pull[i * m + j]! += influence[k * n + i]! * step;
        }
      }
      lie.set(best, chosen);
    }
    const order = [...lie.keys()].sort((a, b) => a - b);
    return {
      liars: Int32Array.from(order, (i) => survivors[i]!),
      lies: Float64Array.from(order.flatMap((i) => [...lie.get(i)!])),
    };
  },
});

/** What a change of an answer adds to the squared error: `‖e + b·change‖² - ‖e‖²`. */
function added(change: number, pull: number, strength: number): number {
  return 2 * change * pull + change * change * strength;
}
