import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Code, copiesCode, jointCode, parityCode, plainCode } from '../../src/serving/code.ts';
import type { Deployment } from '../../src/serving/deployment.ts';
import type { Dispatcher } from '../../src/serving/dispatcher.ts';
import { type Load, simulate } from '../../src/serving/simulate.ts';
import { randomField } from '../../src/util/philox.ts';
import { randomStream } from '../../src/util/random.ts';

/** Serves a load and checks the books: every request is answered once, worked time fits the tasks. */
function serve(code: Code, deployment: Deployment, load: Load) {
  const latencies = new Float64Array(load.arrivals.length).fill(Number.NaN);
  const cutOff = new Uint8Array(load.arrivals.length);
  let busy = 0;
  let groups = 0;
  let held: (() => Dispatcher) | undefined;
  const result = simulate(code, deployment, load, (clock, dispatcher) => ({
    answered(request, late) {
      if (!Number.isNaN(latencies[request]!)) throw new Error(`request ${request} is answered twice`);
      latencies[request] = clock.now - load.arrivals[request]!;
      cutOff[request] = late ? 1 : 0;
    },
    finished() {
      groups++;
    },
    worked(_group, from, to) {
      if (!(to >= from)) throw new Error(`work from ${from} to ${to}`);
      busy += to - from;
      held = dispatcher;
    },
  }));
  expect(latencies.every((latency) => latency >= 0)).toBe(true);
  return { ...result, latencies, cutOff, busy, groups, left: held?.().groups.underWay };
}

/** Poisson arrivals. */
function poisson(rate: number, count: number, seed = 1): Float64Array {
  const stream = randomStream(seed, 'test arrivals');
  let time = 0;
  return Float64Array.from({ length: count }, () => {
    time -= Math.log(1 - stream.uniform()) / rate;
    return time;
  });
}

/** Exponential service times. */
function exponential(mean: number, seed = 1): Load['service'] {
  const field = randomField(seed, 'test service');
  return (group, index) => -mean * Math.log(1 - field.at(group, index).uniform());
}

const shared: Deployment = { pools: [1], dispatch: 'shared', cancel: 'queued' };
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Probability of waiting in M/M/c (A. K. Erlang 1917): the recursion of Erlang B, then C. @param a offered load */
function erlangC(c: number, a: number): number {
  let b = 1;
  for (let n = 1; n <= c; n++) b = (a * b) / (n + a * b);
  return b / (1 - (a / c) * (1 - b));
}

/** Mean over independent runs and its standard error. */
function replicated(runs: number, of: (seed: number) => number): { mean: number; error: number } {
  const values = Array.from({ length: runs }, (_, i) => of(i + 1));
  const average = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (runs - 1);
  return { mean: average, error: Math.sqrt(variance / runs) };
}

describe('closed forms', () => {
  it.each([
    [1, 0.7],
    [4, 0.8],
    [13, 0.9],
  ])('M/M/%i at a load of %f waits as Erlang C says', (workers, load) => {
    const a = workers * load;
    const expected = 1 + erlangC(workers, a) / (workers - a);
    const { mean: latency, error } = replicated(8, (seed) => {
      const arrivals = poisson(a, 10_000, seed);
      const { latencies } = serve(
        plainCode(1),
        { ...shared, pools: [workers] },
        { arrivals, service: exponential(1, seed) },
      );
      return mean(latencies.subarray(1000));
    });
    expect(error).toBeLessThan(0.2 * expected);
    expect(Math.abs(latency - expected)).toBeLessThan(4.5 * error);
  });

  it('an M/D/1 queue waits as Pollaczek and Khinchine say', () => {
    const { mean: latency, error } = replicated(8, (seed) =>
      mean(serve(plainCode(1), shared, { arrivals: poisson(0.6, 10_000, seed), service: () => 1 }).latencies),
    );
    expect(Math.abs(latency - (1 + 0.6 / (2 * 0.4)))).toBeLessThan(4.5 * error);
  });

  it.each([10, 12, 13])('any %i of 13 answers take the order statistic of exponential times', (need) => {
    // E[T_(k:n)] = sum_{i=n-k+1}^{n} 1/i; requests so rare that none meets another
    const arrivals = Float64Array.from({ length: 10_000 }, (_, i) => i * 1000);
    const { latencies } = serve(
      jointCode(10, 13, need),
      { ...shared, pools: [13], cancel: 'running' },
      { arrivals, service: exponential(1) },
    );
    let expected = 0;
    let variance = 0;
    for (let i = 13 - need + 1; i <= 13; i++) {
      expected += 1 / i;
      variance += 1 / i ** 2;
    }
    expect(Math.abs(mean(latencies) - expected)).toBeLessThan(4.5 * Math.sqrt(variance / latencies.length));
  });

  it('uncoded queries are done with the slowest, copies with the slowest of the fastest', () => {
    const arrivals = Float64Array.from({ length: 10_000 }, (_, i) => i * 1000);
    const load = { arrivals, service: exponential(1) };
    const harmonic = (n: number) => Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0);
    const plain = serve(plainCode(5), { ...shared, pools: [5] }, load).latencies;
    expect(Math.abs(mean(plain) - harmonic(5))).toBeLessThan(0.06);
    const twice = serve(copiesCode(5, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]), { ...shared, pools: [10] }, load).latencies;
    expect(Math.abs(mean(twice) - harmonic(5) / 2)).toBeLessThan(0.03);
  });

  it('a parity group is done with the last but one of its answers', () => {
    const arrivals = Float64Array.from({ length: 10_000 }, (_, i) => i * 1000);
    const { latencies } = serve(
      parityCode([4], [1]),
      { ...shared, pools: [4, 1] },
      { arrivals, service: exponential(1) },
    );
    expect(Math.abs(mean(latencies) - (1 / 5 + 1 / 4 + 1 / 3 + 1 / 2))).toBeLessThan(0.03);
  });
});

describe('the books', () => {
  const deployments = fc.record({
    code: fc.constantFrom(
      ...[
        plainCode(3),
        jointCode(3, 5, 3),
        jointCode(3, 5, 5),
        copiesCode(3, [0, 0, 1, 1, 2]),
        parityCode([2, 1], [1, 1]),
      ],
    ),
    dispatch: fc.constantFrom('shared' as const, 'own' as const),
    cancel: fc.constantFrom('none' as const, 'queued' as const, 'running' as const),
    deadline: fc.option(fc.double({ min: 0.1, max: 5, noNaN: true }), { nil: undefined }),
    wait: fc.option(fc.double({ min: 0, max: 3, noNaN: true }), { nil: undefined }),
    hedge: fc.boolean(),
    rate: fc.double({ min: 0.05, max: 3, noNaN: true }),
    seed: fc.integer({ min: 1, max: 1000 }),
  });

  it('answers every request once, in time, and lets go of every group, whatever is asked', () => {
    fc.assert(
      fc.property(deployments, ({ code, dispatch, cancel, deadline, wait, hedge, rate, seed }) => {
        const pools = code.tasks.some(({ pool }) => pool === 1) ? [3, 2] : [5];
        const hedges = hedge && code.parts.length === 1 && code.tasks.length === 3;
        const deployment: Deployment = {
          ...{ pools, dispatch, cancel },
          ...(deadline !== undefined && { deadline }),
          ...(wait !== undefined && { wait }),
          ...(hedges && { hedge: { after: { seconds: 0.5 }, budget: 0.3 } }),
        };
        const run = () =>
          serve(code, deployment, {
            arrivals: poisson(rate, 200, seed),
            service: exponential(1, seed),
            abortCost: 0.01,
          });
        const first = run();
        expect(first.left).toBe(0);
        if (deadline !== undefined) {
          expect(Math.max(...first.latencies)).toBeLessThanOrEqual(deadline + 1e-9);
        } else expect(Math.max(...first.cutOff)).toBe(0);
        if (hedges) expect(first.copies).toBeLessThanOrEqual(0.3 * (first.tasks + 200));
        expect(run()).toEqual(first);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('work that is not cancelled is all done, work that is cancelled is paid up to its end and the cost', () => {
    const arrivals = Float64Array.of(0);
    const service: Load['service'] = (_, index) => index + 1;
    const books = (cancel: Deployment['cancel'], workers = 5) =>
      serve(jointCode(2, 5, 2), { ...shared, pools: [workers], cancel }, { arrivals, service, abortCost: 0.5 });
    expect(books('none').busy).toBe(15);
    expect(books('queued').busy).toBe(15); // nothing waits
    expect(books('running').busy).toBe(1 + 2 + 3 * 2.5);
    expect(books('queued', 1)).toMatchObject({ busy: 3, tasks: 2 });
    expect(books('none', 1)).toMatchObject({ busy: 15, tasks: 5 });
  });
});

describe('rules', () => {
  const times =
    (list: readonly number[]): Load['service'] =>
    (_, index) =>
      list[index]!;
  const once = Float64Array.of(0);

  it('an answer at the deadline is in time', () => {
    const service = times([1, 2]);
    const deployment = { ...shared, pools: [2] };
    expect([...serve(plainCode(2), { ...deployment, deadline: 2 }, { arrivals: once, service }).cutOff]).toEqual([0]);
    const late = serve(plainCode(2), { ...deployment, deadline: 1.5 }, { arrivals: once, service });
    expect([late.latencies[0], late.cutOff[0]]).toEqual([1.5, 1]);
  });

  it('single queries form groups; one that stays small is computed uncoded', () => {
    const arrivals = Float64Array.of(0, 1, 2, 10, 11);
    const service = () => 0.5;
    const { latencies, tasks, groups } = serve(
      jointCode(3, 4, 3),
      { ...shared, pools: [4], wait: 5 },
      { arrivals, service },
    );
    // the first three go when the third is there; the others when nothing more comes
    expect([...latencies]).toEqual([2.5, 1.5, 0.5, 1.5, 0.5]);
    expect([tasks, groups]).toEqual([4 + 2, 2]);
    const waiting = serve(jointCode(3, 4, 3), { ...shared, pools: [4], wait: 1.5 }, { arrivals, service });
    expect([...waiting.latencies]).toEqual([2, 1, 2, 1.5, 0.5]);
  });

  it('parities of single queries wait for their group, own answers do not', () => {
    const arrivals = Float64Array.of(0, 1);
    const service = times([9, 1, 2]);
    const { latencies } = serve(parityCode([2], [1]), { ...shared, pools: [2, 1], wait: 5 }, { arrivals, service });
    // query 1 at 2; the parity is sent at 1 and comes at 3, which answers query 0
    expect([...latencies]).toEqual([3, 1]);
  });

  it('a hedged copy goes to the least loaded other worker, within its budget', () => {
    const arrivals = Float64Array.of(0);
    const service = times([10, 1, 1, 2]);
    const hedge = { after: { seconds: 3 }, budget: 1 };
    const deployment: Deployment = { pools: [3], dispatch: 'own', cancel: 'queued', hedge };
    expect(serve(plainCode(3), deployment, { arrivals, service }).latencies[0]).toBe(3 + 2);
    const mean = serve(plainCode(3), { ...deployment, hedge: { ...hedge, budget: 0.2 } }, { arrivals, service });
    expect([mean.latencies[0], mean.copies]).toEqual([10, 0]);
  });

  it('with queues of their own, workers take tasks in turn', () => {
    const service: Load['service'] = (_group, _index, worker) => 1 + worker;
    const { latencies } = serve(
      plainCode(1),
      { pools: [3], dispatch: 'own', cancel: 'queued' },
      { arrivals: Float64Array.of(0, 0, 0, 0), service },
    );
    expect([...latencies]).toEqual([1, 2, 3, 2]);
  });
});
