import { expect, test } from 'vitest';
import type { Decoder } from '../../src/codecs/codec.ts';
import type { Plan } from '../../src/coded/plan.ts';
import { DecodeFailure, UserError } from '../../src/util/errors.ts';
import { tinyTrials } from '../helpers/tiny.ts';

/** The plan with other decoders for BACC. */
const withBacc =
  (decoder: Decoder) =>
  (plan: Plan): Plan => ({
    ...plan,
    codedBatches: plan.codedBatches.map((coded) => ({
      ...coded,
      cells: coded.cells.map((cell) =>
        cell.entry.scheme === 'bacc' ? { ...cell, codec: { ...cell.codec, decoder } } : cell,
      ),
    })),
  });
const failing = (error: Error): Decoder => ({
  decode() {
    throw error;
  },
});

test('a batch that cannot be decoded is a failed cell, and the others are measured', async () => {
  const change = withBacc(failing(new DecodeFailure('no use')));
  const { results } = await tinyTrials(2, { S: [1, 3] }, { change });
  for (const { cells, failures } of results) {
    expect(failures).toEqual([
      { cell: 0, reason: 'no use' },
      { cell: 3, reason: 'no use' },
    ]);
    expect(cells[0]).toMatchObject({ survivors: 23, mse: Number.NaN, accuracy: Number.NaN });
    expect(cells[1]!.mse).toBeGreaterThan(0);
  }
});

test.each([new TypeError('x is undefined'), new RangeError('out of it'), new UserError('use images')])(
  'any other error ends the run: %s',
  async (error) => {
    await expect(tinyTrials(1, {}, { change: withBacc(failing(error)) })).rejects.toBe(error);
  },
);

test('outputs that are not finite are a failed cell', async () => {
  const decoder: Decoder = { decode: ({ m }) => ({ outputs: new Float64Array(8 * m).fill(Number.NaN) }) };
  const { results } = await tinyTrials(1, { S: 1 }, { change: withBacc(decoder) });
  expect(results[0]!.failures).toEqual([{ cell: 0, reason: 'the decoded outputs are not finite' }]);
});

test('where chance leaves too few answers, cells fail and say so', async () => {
  const few = {
    S: undefined,
    N: 8,
    E: 2,
    attack: 'sign-flip',
    stragglers: { bernoulli: 0.8 },
    schemes: ['nercc', 'bacc'],
  };
  const { results } = await tinyTrials(40, few);
  const reasons = new Set(results.flatMap(({ failures }) => failures.map(({ reason }) => reason)));
  expect(reasons).toEqual(new Set(['no worker answered', '2 Byzantine workers among 1 that answer']));
  // two answers, both lies: what is decoded is measured, and there is nobody for the oracle
  const lies = results.filter(({ cells }) => cells[0]!.survivors === 2);
  expect(lies.length).toBeGreaterThan(0);
  for (const { cells } of lies)
    for (const cell of cells) {
      expect(cell.mse).toBeGreaterThan(0);
      expect(cell.oracle_accuracy).toBeNaN();
    }
});
