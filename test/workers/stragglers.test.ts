import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream } from '../../src/util/random.ts';
import { stragglerSchema } from '../../src/workers/faults/stragglers/registry.ts';
import { drawLatency, type Latency } from '../../src/workers/latencies/registry.ts';
import { drawSurvivors, stragglerLabel } from '../../src/workers/stragglers.ts';

test('uniform and contiguous lose exactly S workers; the survivors ascend', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(1000),
      fc.constantFrom('uniform' as const, 'contiguous' as const),
      (N, seed, model) => {
        const S = seed % N;
        const survivors = drawSurvivors(model, N, S, randomStream(seed));
        expect(survivors).toHaveLength(N - S);
        expect([...survivors]).toEqual([...new Set(survivors)].sort((a, b) => a - b));
        if (model !== 'contiguous') return;
        const lost = Array.from({ length: N }, (_, n) => n).filter((n) => !survivors.includes(n));
        expect(lost.every((worker, i) => worker === lost[0]! + i)).toBe(true);
      },
    ),
    { seed: 1 },
  );
});

test('the sets of one trial are nested in S', () => {
  const few = drawSurvivors('uniform', 50, 10, randomStream('trial'));
  const many = drawSurvivors('uniform', 50, 30, randomStream('trial'));
  expect([...many].every((worker) => few.includes(worker))).toBe(true);
});

test('each S-subset is equally likely', () => {
  const counts = new Map<string, number>();
  for (let trial = 0; trial < 6000; trial++) {
    const key = drawSurvivors('uniform', 4, 2, randomStream(trial, 'subset')).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 6 cells of 1000 each, standard deviation 29
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test.each([
  [{ shiftedExponential: { shift: '10ms', mean: '20ms' } }, 0.03],
  [{ pareto: { scale: '10ms', shape: 3 } }, 0.015],
  [{ logNormal: { median: '10ms', sigma: 0.5 } }, 0.01 * Math.exp(0.125)],
  [{ trace: ['10ms', '30ms'] }, 0.02],
])('the mean latency of %o is its closed form', (latency, mean) => {
  const model = stragglerSchema.parse({ deadline: { after: '1s', latency } }) as { deadline: { latency: Latency } };
  const stream = randomStream('latency');
  let sum = 0;
  for (let i = 0; i < 40_000; i++) sum += drawLatency(model.deadline.latency, stream);
  expect(sum / 40_000 / mean).toBeCloseTo(1, 1.5);
});

test('a deadline loses the share of workers that the distribution says', () => {
  const model = stragglerSchema.parse({
    deadline: { after: '30ms', latency: { shiftedExponential: { shift: '10ms', mean: '20ms' } } },
  });
  const survivors = drawSurvivors(model, 20_000, 0, randomStream('deadline'));
  expect(survivors.length / 20_000).toBeCloseTo(1 - Math.exp(-1), 1.8);
  expect(stragglerLabel(model)).toBe('deadline(0.03;shiftedExponential;0.01;0.02)');
});
