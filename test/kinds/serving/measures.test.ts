import { describe, expect, it } from 'vitest';
import { unitMetrics } from '../../../src/kinds/serving/format.ts';
import { fewestQueries, quantileOf, unitValues } from '../../../src/kinds/serving/measures.ts';
import { pairedDifference } from '../../../src/results/statistics.ts';
import { plainCode } from '../../../src/serving/code.ts';
import { simulate } from '../../../src/serving/simulate.ts';
import { randomStream } from '../../../src/util/random.ts';

describe('quantiles', () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, i) => i + 1);

  it('are order statistics, and not defined where fewer than one value is beyond', () => {
    expect([0.5, 0.95, 0.99, 0.999].map((level) => quantileOf(sorted, level))).toEqual([500, 950, 990, 999]);
    expect(quantileOf(sorted, 0.9999)).toBeNaN();
  });

  it("need as many queries as LoadGen's early stopping asks for", () => {
    // mlcommons/inference, loadgen/early_stopping: one query over the latency, confidence 0.99
    expect([0.9, 0.99].map((level) => fewestQueries(level))).toEqual([64, 662]);
  });
});

describe('the interval over independent runs', () => {
  it('holds the true p95 of a queue about as often as it says', () => {
    // M/M/1 at a load of 0.7: latency is exponential with rate 0.3, so its p95 is -ln(0.05) / 0.3
    const truth = -Math.log(0.05) / 0.3;
    const p95 = (seed: number) => {
      const stream = randomStream(seed, 'coverage');
      const exponential = (mean: number) => -mean * Math.log(1 - stream.uniform());
      let time = 0;
      const arrivals = Float64Array.from({ length: 3000 }, () => (time += exponential(1 / 0.7)));
      const latencies = new Float64Array(arrivals.length);
      const load = { arrivals, service: () => exponential(1) };
      simulate(plainCode(1), { pools: [1], dispatch: 'shared', cancel: 'queued' }, load, (clock) => ({
        answered: (request) => {
          latencies[request] = clock.now - arrivals[request]!;
        },
        finished() {},
        worked() {},
      }));
      return quantileOf(latencies.slice(300).sort(), 0.95);
    };
    const experiments = 120;
    let held = 0;
    for (let i = 0; i < experiments; i++) {
      const runs = Float64Array.from({ length: 8 }, (_, run) => p95(8 * i + run));
      const { low, high } = pairedDifference(runs, new Float64Array(8));
      if (low <= truth && truth <= high) held++;
    }
    // 95 % ± 3 standard errors of a share over 120; latencies of one run would give an interval several times too narrow
    expect(held / experiments).toBeGreaterThan(0.95 - 0.06);
  });
});

describe('an unstable load', () => {
  const values = (latencies: Float64Array, utilisation: number) =>
    unitValues(
      { latencies, cutOff: 0, busy: 1, tasks: 1, utilisation, snapshots: [] },
      { accuracy: 1, baseAccuracy: 1, agreement: 1, reconstructed: 0 },
      undefined,
    )[unitMetrics.indexOf('unstable')];

  it('is one whose latency keeps growing while the workers are always busy', () => {
    const growing = Float64Array.from({ length: 1000 }, (_, i) => i);
    expect([values(growing, 0.99), values(growing, 0.5), values(growing.fill(3), 0.99)]).toEqual([1, 0, 0]);
  });
});
