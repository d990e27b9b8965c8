import { expect, test } from 'vitest';
import type { Model } from '../../src/models/model.ts';
import { sessionWorkers } from '../../src/workers/session.ts';

/** Adds a number to every value; counts its points. */
function adding(number: number): Model & { seen: number } {
  return {
    name: `add ${number}`,
    sha256: '',
    runtime: 'test',
    inputShape: [2],
    outputs: 2,
    seen: 0,
    async infer(points, count) {
      this.seen += count;
      return points.slice(0, 2 * count).map((value) => value + number);
    },
    async dispose() {},
  };
}

const pointsOf = (...numbers: number[]) => ({
  points: async (from?: number, to?: number) =>
    Float32Array.from(numbers.slice(from && 2 * from, to === undefined ? undefined : 2 * to)),
  precisePoints: async () => Float64Array.from(numbers),
});

test('every worker answers with its model; a copy of a query is not computed again', async () => {
  const [base, parity] = [adding(10), adding(100)];
  const reply = await sessionWorkers(base, new Map([['k2', parity]])).ask({
    N: 4,
    parts: [
      { workers: [2], code: 'a', isFixed: true, ...pointsOf(5, 6) },
      { model: 'k2', workers: [3], code: 'b', isFixed: true, ...pointsOf(7, 8) },
    ],
    copies: [
      { worker: 0, query: 1 },
      { worker: 1, query: 0 },
    ],
    batch: '0,1',
    queries: async () => Float32Array.of(1, 2, 3, 4),
    queryOutputs: Float64Array.of(11, 12, 13, 14),
  });
  expect([...reply.answers]).toEqual([13, 14, 11, 12, 15, 16, 107, 108]);
  expect([...reply.answered]).toEqual([0, 1, 2, 3]);
  expect(reply.m).toBe(2);
  expect([base.seen, parity.seen]).toEqual([1, 1]);
});

test('no more points are encoded at a time than the model takes in a call', async () => {
  const model = { ...adding(10), pointsACall: 2 };
  const asked: (number | undefined)[][] = [];
  const { points, ...part } = pointsOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const seen = async (from?: number, to?: number) => {
    asked.push([from, to]);
    return points(from, to);
  };
  const reply = await sessionWorkers(model).ask({
    N: 6,
    parts: [{ workers: [0, 1, 2, 4, 5], code: 'a', isFixed: true, ...part, points: seen }],
    copies: [{ worker: 3, query: 0 }],
    batch: '0',
    queries: async () => Float32Array.of(1, 2),
    queryOutputs: Float64Array.of(11, 12),
  });
  expect([...reply.answers]).toEqual([11, 12, 13, 14, 15, 16, 11, 12, 17, 18, 19, 20]);
  expect(asked).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ]);
});
