import { describe, expect, it } from 'vitest';
import { type Faults, lie } from '../../../src/kinds/training/cluster.ts';
import type { LogisticRegressionOptions } from '../../../src/kinds/training/config.ts';
import { makeProblem } from '../../../src/kinds/training/problem.ts';
import { simulatedCluster } from '../../../src/kinds/training/simulated-cluster.ts';
import { correctableErrors, type Strategy } from '../../../src/kinds/training/strategy.ts';
import { train } from '../../../src/kinds/training/train.ts';
import { primeField } from '../../../src/math/finite-field.ts';
import { secretResidues } from '../../../src/util/secret.ts';
import type { Attack } from '../../../src/workers/attack-spec.ts';
import { clouds, config } from './helpers.ts';

const options: LogisticRegressionOptions = {
  ...config().model.logisticRegression,
  iterations: 6,
};
const problem = makeProblem(clouds(), options);
const reversal: Attack = { kind: 'reversal', size: 1, workers: 'random' };
const costs = { workerProduct: 1000, masterProduct: 1, sigmoid: 25 };
const network = { latency: { shiftedExponential: { shift: 1e-5, mean: 1e-6 } }, bandwidth: 1000 };
const slowdown = 10;

const strategies: Record<'uncoded' | 'mds' | 'lcc' | 'static' | 'avcc', Omit<Strategy, 'correctable'>> = {
  uncoded: { wrongAnswers: 'trust', recode: 'never' },
  mds: { wrongAnswers: 'trust', recode: 'never' },
  lcc: { wrongAnswers: 'correct', recode: 'never' },
  static: { wrongAnswers: 'verify', recode: 'never' },
  avcc: { wrongAnswers: 'verify', recode: 'always' },
};

interface Setting {
  readonly K?: number;
  readonly N?: number;
  readonly T?: number;
  readonly S?: number;
  readonly E?: number;
  readonly attack?: Attack;
  readonly strategy?: Partial<Strategy>;
  readonly masterProduct?: number;
  readonly faultsAt?: (iteration: number) => { S: number; E: number };
}

/** Stragglers are the first workers, liars the last ones. */
function run(name: keyof typeof strategies, setting: Setting = {}, task = problem) {
  const { K = name === 'uncoded' ? 12 : 9, N = 12, T = 0, S = 0, E = 0, attack = reversal } = setting;
  const strategy = { ...strategies[name], correctable: correctableErrors(K, T, N, E), ...setting.strategy };
  const cluster = simulatedCluster(task.field, { ...costs, masterProduct: setting.masterProduct ?? 1 }, network, [
    'test',
  ]);
  return train(task, cluster, strategy, { K, N, T, masks: secretResidues }, (iteration): Faults => {
    const now = setting.faultsAt?.(iteration) ?? { S, E };
    return {
      stragglers: new Set(Array.from({ length: now.S }, (_, i) => i)),
      slowdown,
      liars: new Set(Array.from({ length: now.E }, (_, i) => N - 1 - i)),
      attack,
    };
  });
}

describe('training without faults', () => {
  it('every scheme equals the fixed-point reference bit for bit in every iteration', async () => {
    for (const name of ['uncoded', 'mds', 'lcc', 'static', 'avcc'] as const) {
      const { iterations, failure } = await run(name);
      expect(failure).toBeUndefined();
      expect(iterations).toHaveLength(options.iterations + 1);
      for (const row of iterations) expect(row).toMatchObject({ exact: true, status: 'ok', awaited: 0, excluded: [] });
    }
    expect(problem.reference.evaluations.at(-1)!.accuracy).toBeGreaterThan(0.8); // there was something to learn
  });

  it('so it does with masks, and with K that divides neither rows nor columns', async () => {
    for (const T of [1, 2])
      for (const K of [4, 7])
        for (const name of ['lcc', 'static', 'avcc'] as const) {
          const { iterations } = await run(name, { K, T, E: 1 });
          expect(iterations.every(({ exact }) => exact)).toBe(true);
        }
  });
});

describe('at N = 12, K = 9, for all (S, M) with S + M ≤ 4', () => {
  const pairs = [0, 1, 2, 3, 4].flatMap((S) => [0, 1, 2, 3, 4].map((E) => ({ S, E }))).filter(({ S, E }) => S + E <= 4);

  it('LCC is exact without waiting for a straggler exactly where S + 2M ≤ 3', async () => {
    for (const { S, E } of pairs) {
      const { iterations } = await run('lcc', { S, E });
      const steps = iterations.slice(1);
      const covered = steps.every(({ exact, awaited, status }) => exact && awaited === 0 && status === 'ok');
      expect([S, E, covered]).toEqual([S, E, S + 2 * E <= 3]);
      // beyond its bound it says what happened: too many liars spoil the weights, too many stragglers are waited for
      if (E >= 2) {
        expect(steps.at(-1)!.exact).toBe(false);
        expect(steps.find(({ exact }) => !exact)!.status).not.toBe('ok');
      } else if (!covered) expect(steps.every(({ awaited }) => awaited > 0)).toBe(true);
    }
  });

  it('an MDS code is exact without waiting for a straggler exactly where S ≤ 3, and takes every lie that it uses', async () => {
    for (const { S, E } of pairs) {
      const steps = (await run('mds', { S, E })).iterations.slice(1);
      // fewer than nine honest answers are in time: a lie is among the nine that are used
      if (E > 0 && S + E > 3) expect(steps.some(({ status }) => status === 'wrong')).toBe(true);
      if (E > 0) continue;
      expect(steps.every(({ exact, status }) => exact && status === 'ok')).toBe(true);
      expect(new Set(steps.map(({ awaited }) => awaited))).toEqual(new Set([Math.max(0, S - 3)]));
    }
  });

  it('LCC that is prepared for no liar takes the lie without noticing, and the row says so', async () => {
    const { iterations, failure } = await run('lcc', { E: 1, S: 3, strategy: { correctable: 0 } });
    expect(failure).toBeUndefined();
    const wrong = iterations.filter(({ exact }) => !exact);
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong[0]!.status).toBe('wrong');
    expect(iterations.every(({ status }) => status !== 'decoding-failed')).toBe(true);
  });

  it('static VCC exactly where S + M ≤ 3; beyond, it waits for a straggler or stalls, and never errs', async () => {
    for (const { S, E } of pairs) {
      const { iterations, failure } = await run('static', { S, E });
      const steps = iterations.slice(1);
      expect(steps.every(({ exact }) => exact)).toBe(true);
      const covered = failure === undefined && steps.every(({ awaited }) => awaited === 0);
      expect([S, E, covered]).toEqual([S, E, S + E <= 3]);
      if (E === 4) expect(failure).toMatch(/8 workers are left that have not lied, and the code needs 9/);
      else expect(failure).toBeUndefined();
    }
  });

  it('AVCC is exact in all of them, and re-codes to K = 8 after at most one iteration where S + M = 4', async () => {
    for (const { S, E } of pairs) {
      const { iterations, failure } = await run('avcc', { S, E });
      expect(failure).toBeUndefined();
      const steps = iterations.slice(1);
      expect(steps.every(({ exact }) => exact)).toBe(true);
      expect(steps.slice(1).every(({ awaited }) => awaited === 0)).toBe(true);
      expect(steps.at(-1)!.K).toBe(S + E <= 3 ? 9 : 8);
      const liars = Array.from({ length: E }, (_, i) => 12 - E + i);
      // a liar whose answer comes too late to be needed is not found out
      if (S + E === 4) expect(steps.at(-1)!.excluded).toEqual(liars);
      else for (const worker of steps.at(-1)!.excluded) expect(liars).toContain(worker);
    }
  });

  it('uncoded waits for every straggler and takes every lie', async () => {
    const slow = (await run('uncoded', { S: 1 })).iterations.slice(1);
    expect(slow.every(({ exact, awaited }) => exact && awaited === 1)).toBe(true);
    const poisoned = (await run('uncoded', { E: 1 })).iterations.slice(2);
    // not yet in the first iteration: the products of w = 0 are 0, and so is the liar's part of the gradient, which is padding
    expect(poisoned.every(({ exact, status }) => !exact && status === 'wrong')).toBe(true);
  });
});

describe('AVCC over time', () => {
  it('goes to a smaller K when more workers are late, and back when they are not', async () => {
    const faultsAt = (iteration: number) => ({ S: iteration >= 3 && iteration < 8 ? 5 : 1, E: 0 });
    const long = makeProblem(clouds(), { ...options, iterations: 40 });
    const { iterations } = await run('avcc', { faultsAt }, long);
    const K = iterations.map((row) => row.K);
    expect(K.slice(0, 3)).toEqual([9, 9, 9]);
    expect(K[4]).toBe(7); // the one that has waited re-codes for the next
    expect(K.at(-1)).toBe(9);
    expect(iterations.every(({ exact }) => exact)).toBe(true);
    const charged = iterations.filter(({ ledger }) => ledger.recode > 0).map(({ iteration }) => iteration);
    expect(charged[0]).toBe(0); // the first encoding
    expect(charged.length).toBeGreaterThanOrEqual(3);
  });

  it('re-codes within a round when the honest workers are too few, down to one block', async () => {
    const { iterations, failure } = await run('avcc', { E: 11 });
    expect(failure).toBeUndefined();
    expect(iterations.at(-1)).toMatchObject({ K: 1, exact: true });
    const nobody = await run('avcc', { E: 12 });
    expect(nobody.failure).toMatch(/0 workers are left/);
  });

  it('`paying` keeps its code when too few iterations are left to earn the new one', async () => {
    const setting = { S: 4, masterProduct: 2000, strategy: { recode: 'paying' as const } };
    const short = (await run('avcc', setting)).iterations.at(-1)!;
    const patient = makeProblem(clouds(), { ...options, iterations: 200 });
    const long = (await run('avcc', setting, patient)).iterations.at(-1)!;
    const forced = (await run('avcc', { ...setting, strategy: { recode: 'always' } })).iterations.at(-1)!;
    expect([short.K, long.K, forced.K]).toEqual([9, 8, 8]);
    expect([short, long, forced].every(({ exact }) => exact)).toBe(true);
  });
});

describe('numbers that leave the range of the field', () => {
  it('stop the run and say so', async () => {
    const wide = makeProblem(clouds(), { ...options, weightBits: 20, learningRate: 50 });
    for (const name of ['uncoded', 'lcc', 'avcc'] as const) {
      const { iterations, failure } = await run(name, {}, wide);
      expect(failure).toMatch(/iteration \d+: a product left the range of F_33554393/);
      expect(iterations.every(({ exact }) => exact)).toBe(true);
    }
  });
});

describe('the simulated clock', () => {
  it('is the same for the same key, and adds up', async () => {
    const [first, second] = await Promise.all([run('avcc', { S: 2, E: 1 }), run('avcc', { S: 2, E: 1 })]);
    expect(second).toEqual(first);
    for (const { ledger } of first!.iterations)
      for (const seconds of Object.values(ledger)) expect(seconds).toBeGreaterThanOrEqual(0);
  });

  it('an MDS code waits as long as the K-th of N exponential times takes: shift + mean·(H_N - H_{N-K})', async () => {
    // Lee et al., arXiv 1512.02673, section III; products and transfers cost next to nothing here
    const free = { workerProduct: 1e-9, masterProduct: 1e-9, sigmoid: 1e-9 };
    const link = { latency: { shiftedExponential: { shift: 1, mean: 2 } }, bandwidth: 1e12 };
    const long = makeProblem(clouds(12, 3), { ...options, iterations: 200 });
    const harmonic = (n: number) => Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((sum, x) => sum + x, 0);
    const nobody = { stragglers: new Set<number>(), slowdown: 1, liars: new Set<number>(), attack: undefined };
    for (const K of [3, 8, 12]) {
      const cluster = simulatedCluster(long.field, free, link, ['order statistics']);
      const strategy = { ...strategies.mds, correctable: 0 };
      const { iterations } = await train(
        long,
        cluster,
        strategy,
        { K, N: 12, T: 0, masks: secretResidues },
        () => nobody,
      );
      const waits = iterations.slice(1).map(({ ledger }) => ledger.wait / 2);
      const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
      // 400 rounds: a standard error of at most 0.13
      expect(Math.abs(mean - (1 + 2 * (harmonic(12) - harmonic(12 - K))))).toBeLessThan(K === 12 ? 0.5 : 0.2);
    }
  });

  it('a straggler that has to be waited for costs slowdown times the product', async () => {
    const time = async (S: number) => {
      const { iterations } = await run('uncoded', { S });
      return iterations.slice(1).reduce((sum, { ledger }) => sum + ledger.compute + ledger.wait, 0);
    };
    const products = 5 * 13 + 2 * 60; // rows and columns of the two shares at K = 12: [5, 13] and [2, 60]
    const added = ((await time(1)) - (await time(0))) / options.iterations;
    expect(added).toBeCloseTo((slowdown - 1) * products * costs.workerProduct * 1e-9, 4);
  });
});

describe('attacks over a field', () => {
  it('reverse, negate or replace', () => {
    const field = primeField(101);
    const values = Float64Array.of(3, -50, 0);
    expect([...lie(field, values, { kind: 'reversal', size: 2 })]).toEqual([-6, -1, 0]);
    expect([...lie(field, values, { kind: 'sign-flip', size: 1 })]).toEqual([-3, 50, 0]);
    expect([...lie(field, values, { kind: 'constant', size: 102 })]).toEqual([1, 1, 1]);
  });
});
