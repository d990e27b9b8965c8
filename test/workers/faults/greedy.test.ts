import { expect, test } from 'vitest';
import { makePlan } from '../../../src/coded/plan.ts';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';
import { randomStream, sampleWithoutReplacement } from '../../../src/util/random.ts';
import { lying } from '../../../src/workers/faults/fault.ts';

const K = 3;
const N = 9;
const survivors = Int32Array.of(0, 2, 3, 5, 6, 8);
const n = survivors.length;
const size = 2;

function setting(m: number, seed: number) {
  const stream = randomStream('greedy', seed);
  const influence = Float64Array.from({ length: K * n }, () => stream.normal());
  const answers = Float64Array.from({ length: N * m }, () => 1.5 * (2 * stream.uniform() - 1));
  return { influence, answers };
}

/** Squared error that replacing answers brings, from the matrix itself. */
function damage(influence: Float64Array, before: Float64Array, after: Float64Array, m: number): number {
  let sum = 0;
  for (let k = 0; k < K; k++)
    for (let j = 0; j < m; j++) {
      let change = 0;
      for (let i = 0; i < n; i++) {
        const at = survivors[i]! * m + j;
        change += influence[k * n + i]! * (after[at]! - before[at]!);
      }
      sum += change ** 2;
    }
  return sum;
}

const attack = { kind: 'greedy', size, workers: 'random' } as const;
const struck = (m: number, E: number, { influence, answers }: ReturnType<typeof setting>) =>
  lying(attack, E, randomStream(1), () => influence)({ answers, m, answered: survivors });

test('one liar does what the best of all workers and signs does', () => {
  for (let seed = 0; seed < 20; seed++) {
    const made = setting(2, seed);
    const { answers, liars } = struck(2, 1, made);
    let most = 0;
    for (const worker of survivors)
      for (const a of [-size, size])
        for (const b of [-size, size]) {
          const after = made.answers.slice();
          after.set([a, b], worker * 2);
          most = Math.max(most, damage(made.influence, made.answers, after, 2));
        }
    expect(liars).toHaveLength(1);
    expect(damage(made.influence, made.answers, answers, 2)).toBeCloseTo(most, 10);
  }
});

test('more liars do more harm than as many random ones, with bounded answers of those who answered', () => {
  let wins = 0;
  for (let seed = 0; seed < 20; seed++) {
    const made = setting(1, seed);
    const { answers, liars } = struck(1, 3, made);
    expect([...liars!].every((worker) => survivors.includes(worker) && Math.abs(answers[worker]!) === size)).toBe(true);
    expect(new Set(liars).size).toBe(3);
    const random = randomStream('random', seed);
    const after = made.answers.slice();
    for (const place of sampleWithoutReplacement(random, n, 3))
      after[survivors[place]!] = random.uniform() < 0.5 ? size : -size;
    if (damage(made.influence, made.answers, answers, 1) >= damage(made.influence, made.answers, after, 1)) wins++;
  }
  expect(wins).toBe(20);
});

test('a decoder that is no matrix is refused before a run', () => {
  const config = {
    name: 'g',
    model: { function: 'x-sin-x' },
    dataset: { uniform: { D: 1 } },
    K: 2,
    N: 8,
    E: 1,
    attack: { greedy: 2 },
    trials: 1,
  };
  expect(makePlan(parseExperiment({ ...config, schemes: ['bacc', 'nercc'] })).cells).toHaveLength(2);
  // a matrix between rows of another order is one still: who lies and how does not depend on the order of the outputs
  expect(makePlan(parseExperiment({ ...config, schemes: [{ nercc: { order: 'path' } }] })).cells).toHaveLength(1);
  expect(() => makePlan(parseExperiment({ ...config, schemes: ['replication'] }))).toThrow(/no fixed linear map/);
});
