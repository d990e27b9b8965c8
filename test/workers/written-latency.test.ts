import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseLatency, writtenLatency } from '../../src/workers/latencies/written.ts';

it('a law is written for people as a command line takes it', () => {
  expect(writtenLatency({ pareto: { scale: 0.012, shape: 2.5 } })).toBe('pareto(12 ms, 2.5)');
  expect(writtenLatency({ bimodal: { fast: 0.015, slow: 1.5, share: 0.05 } })).toBe('bimodal(15 ms, 1.5 s, 0.05)');
  expect(writtenLatency({ trace: [1, 2, 3, 4, 5, 6, 7, 8] })).toBe('trace(1 s, 2 s, 3 s, 4 s, 5 s, 6 s, … 8 times)');
  const seconds = fc.integer({ min: 1, max: 10_000_000 }).map((microseconds) => microseconds / 1e6);
  const shape = fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10);
  const law = fc.oneof(
    fc.record({ pareto: fc.record({ scale: seconds, shape }) }),
    fc.record({ logNormal: fc.record({ median: seconds, sigma: shape }) }),
    fc.record({ shiftedExponential: fc.record({ shift: seconds, mean: seconds }) }),
    fc.record({ trace: fc.array(seconds, { minLength: 1, maxLength: 6 }) }),
  );
  fc.assert(
    fc.property(law, (latency) => {
      expect(writtenLatency(parseLatency(writtenLatency(latency)))).toBe(writtenLatency(latency));
    }),
    { seed: 1 },
  );
});
