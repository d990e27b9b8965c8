import { beforeAll, describe, expect, it } from 'vitest';
import { berrutDecoder } from '../../src/codecs/berrut.ts';
import type { Decoder } from '../../src/codecs/codec.ts';
import { linearDecoder } from '../../src/codecs/linear.ts';
import { splineDecoder } from '../../src/codecs/nercc.ts';
import { chebyshevFirstKind, workerNodes } from '../../src/codecs/nodes.ts';
import type { Cell, Plan } from '../../src/coded/plan.ts';
import { checkRun, type RunResults } from '../../src/gate/gate.ts';
import { matrix } from '../../src/math/matrix.ts';
import { runTiny } from '../helpers/tiny.ts';

const trials = 60;
const pairs = 200;

/** A plan whose cells decode with other code. */
function broken(decoderOf: (cell: Cell) => Decoder | undefined): (plan: Plan) => Plan {
  return (plan) => ({
    ...plan,
    codedBatches: plan.codedBatches.map((batch) => ({
      ...batch,
      cells: batch.cells.map((cell) => ({
        ...cell,
        codec: { ...cell.codec, decoder: decoderOf(cell) ?? cell.codec.decoder },
      })),
    })),
  });
}

/** Berrut's interpolant with the workers' own signs, not re-numbered over the survivors. */
function wrongSigns(K: number, N: number): Decoder {
  const alpha = chebyshevFirstKind(K);
  const beta = workerNodes(N, 'default');
  return linearDecoder((survivors) => {
    const result = matrix(K, survivors.length);
    for (let k = 0; k < K; k++) {
      const row = result.data.subarray(k * survivors.length, (k + 1) * survivors.length);
      survivors.forEach((worker, j) => {
        row[j] = (worker % 2 === 0 ? 1 : -1) / (alpha[k]! - beta[worker]!);
      });
      const sum = row.reduce((total, value) => total + value, 0);
      for (let j = 0; j < row.length; j++) row[j]! /= sum;
    }
    return result;
  });
}

const K = 8;
const N = 24;
const faults: Record<string, (cell: Cell) => Decoder | undefined> = {
  'a sign': (cell) => (cell.entry.scheme === 'bacc' ? wrongSigns(K, N) : undefined),
  'a node rule': (cell) => (cell.entry.scheme === 'bacc' ? berrutDecoder(K, N, 'legacy') : undefined),
  'λ off by a factor of 10': (cell) => {
    const lambda = Number(cell.options.lambdaDec ?? 0);
    return lambda > 0 ? splineDecoder(K, N, 10 * lambda, 'default') : undefined;
  },
  'stragglers not removed': (cell) => ({
    decode: (received) =>
      cell.codec.decoder.decode({ ...received, survivors: Int32Array.from({ length: N }, (_, n) => n) }),
  }),
};

describe('the gate on a small experiment', () => {
  const runs: RunResults[] = [];
  beforeAll(async () => {
    for (let seed = 1; seed <= 2 * pairs; seed++) runs.push(await runTiny(trials, seed));
  }, 240_000);

  it('raises at most 2 alarms in 200 pairs of runs with different seeds', () => {
    expect(runs[0]!.rows.length).toBeGreaterThanOrEqual(12);
    const alarms = Array.from({ length: pairs }, (_, i) => checkRun(runs[2 * i]!, runs[2 * i + 1]!)).filter(
      (result) => result.outcome !== 'same',
    );
    expect(alarms.length).toBeLessThanOrEqual(2);
  });

  it('raises at most 1 alarm in 60 pairs of a run of 8 trials and one of 60', async () => {
    let alarms = 0;
    for (let i = 0; i < 60; i++) if (checkRun(await runTiny(8, 2001 + i), runs[i]!).outcome !== 'same') alarms++;
    expect(alarms).toBeLessThanOrEqual(1);
  });

  for (const [name, fault] of Object.entries(faults)) {
    it(`catches ${name} in a run with another seed`, async () => {
      const result = checkRun(await runTiny(trials, 1001, broken(fault)), runs[0]!);
      expect(result.mode).toBe('statistical');
      expect(['worse', 'better']).toContain(result.outcome);
    });

    it(`catches ${name} in a run with the same seed`, async () => {
      const result = checkRun(await runTiny(trials, 1, broken(fault)), runs[0]!);
      expect(result.mode).toBe('exact');
      expect(['worse', 'better']).toContain(result.outcome);
    });
  }
});
