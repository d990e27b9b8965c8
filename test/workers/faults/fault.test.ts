import { expect, test } from 'vitest';
import { randomStream } from '../../../src/util/random.ts';
import { late, lying, withFault } from '../../../src/workers/faults/fault.ts';
import type { Reply, Task, Workers } from '../../../src/workers/workers.ts';

const reply: Reply = {
  answers: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  m: 2,
  answered: Int32Array.of(0, 1, 2, 3),
};
const workers: Workers = { ask: async () => reply };
const task: Task = {
  N: 4,
  parts: [],
  copies: [],
  batch: '',
  queries: async () => new Float32Array(0),
  queryOutputs: new Float64Array(0),
};

test('stragglers are not among those that answered; who was silent anyway stays so', () => {
  const inTime = Int32Array.of(0, 2, 3);
  expect(late(inTime)(reply).answered).toBe(inTime);
  expect([...late(inTime)({ ...reply, answered: Int32Array.of(1, 2, 3) }).answered]).toEqual([2, 3]);
});

test('liars are among those that answered, and only their answers change', async () => {
  const attack = { kind: 'sign-flip', size: 1, workers: 'random' } as const;
  const faulty = withFault(withFault(workers, late(Int32Array.of(1, 2))), lying(attack, 1, randomStream('lies')));
  const { answers, answered, liars } = await faulty.ask(task);
  expect([...answered]).toEqual([1, 2]);
  expect(liars).toHaveLength(1);
  const [liar] = liars!;
  expect([1, 2]).toContain(liar);
  expect([...answers]).toEqual([...reply.answers].map((value, at) => (Math.floor(at / 2) === liar ? -value : value)));
  expect([...reply.answers]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
