import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { latencies, latencySchema } from '../../src/workers/latencies/registry.ts';
import { parseLatency, writtenLatency } from '../../src/workers/latencies/written.ts';

it('a law is written for people as a command line takes it', () => {
  expect(writtenLatency({ pareto: { scale: 0.012, shape: 2.5 } })).toBe('pareto(12 ms, 2.5)');
  expect(writtenLatency({ bimodal: { fast: 0.015, slow: 1.5, share: 0.05 } })).toBe('bimodal(15 ms, 1.5 s, 0.05)');
  expect(writtenLatency({ trace: [1, 2, 3, 4, 5, 6, 7, 8] })).toBe('trace(1 s, 2 s, 3 s, 4 s, 5 s, 6 s, … 8 times)');
});

it.each(latencies.entries.map(({ written }) => written))('%s is read back as it was written', (written) => {
  const latency = latencySchema.parse(parse(written));
  expect(parseLatency(writtenLatency(latency))).toEqual(latency);
});

it('so are any times', () => {
  const seconds = fc.integer({ min: 1, max: 10_000_000 }).map((microseconds) => microseconds / 1e6);
  fc.assert(
    fc.property(fc.array(seconds, { minLength: 1, maxLength: 6 }), (times) => {
      const written = writtenLatency({ trace: times });
      expect(writtenLatency(parseLatency(written))).toBe(written);
    }),
    { seed: 1 },
  );
});
