import * as z from 'zod';
import { randomField } from '../util/philox.ts';
import { type RandomStream, randomStream, sampleWithoutReplacement } from '../util/random.ts';
import { duration } from '../workers/duration.ts';
import { type Latency, latencySampler } from '../workers/latencies/registry.ts';
import type { Load } from './simulate.ts';

const gaps = z
  .array(duration)
  .min(1)
  .refine((trace) => trace.some((gap) => gap > 0), { error: 'one gap at least must be above 0' });

/** How requests arrive: at random, evenly, or with the gaps of a trace in turn, stretched to the wanted rate. */
export const arrivalsSchema = z.union([z.enum(['poisson', 'uniform']), z.strictObject({ trace: gaps })], {
  error: 'expected poisson, uniform or {trace: [10ms, 30ms, …]} (gaps between requests)',
});
export type Arrivals = z.output<typeof arrivalsSchema>;

/**
 * Seconds at which requests arrive, ascending.
 * @param rate requests a second
 */
export function arrivalTimes(arrivals: Arrivals, rate: number, count: number, stream: RandomStream): Float64Array {
  const gap = gapsOf(arrivals, stream);
  let time = 0;
  return Float64Array.from({ length: count }, (_, i) => {
    time += gap(i) / rate;
    return time;
  });
}

/** The gap before each request, in mean gaps. */
function gapsOf(arrivals: Arrivals, stream: RandomStream): (i: number) => number {
  if (arrivals === 'poisson') return () => -Math.log(1 - stream.uniform());
  if (arrivals === 'uniform') return () => 1;
  const { trace } = arrivals;
  const total = trace.reduce((sum, gap) => sum + gap, 0);
  return (i) => (trace[i % trace.length]! * trace.length) / total;
}

/** Episodes in which some workers are slow, as network shuffles of other programs make them (ParM, SOSP 2019, section 5.1). */
export const slowSchema = z.strictObject({
  workers: z.int().min(1).meta({ description: 'how many are slow at a time, drawn anew for each episode' }),
  factor: z.number().min(1).meta({ description: 'how many times longer their tasks take' }),
  every: duration
    .refine((seconds) => seconds > 0, { error: 'must be above 0' })
    .meta({ description: 'from the beginning of one episode to that of the next' }),
  for: duration.meta({ description: 'how long an episode lasts' }),
});
export type Slow = z.output<typeof slowSchema>;

/**
 * How many times longer a task takes that begins on a worker at a time.
 * @param keys of the random streams: each episode has its own
 */
function slowdown(slow: Slow, workers: number, keys: readonly (string | number)[]) {
  let known = -1;
  let affected = new Set<number>();
  return (worker: number, start: number): number => {
    const episode = Math.floor(start / slow.every);
    if (start - episode * slow.every >= slow.for) return 1;
    if (episode !== known) {
      known = episode;
      const stream = randomStream(...keys, 'episode', episode);
      affected = new Set(sampleWithoutReplacement(stream, workers, Math.min(slow.workers, workers)));
    }
    return affected.has(worker) ? slow.factor : 1;
  };
}

/**
 * Service times by group and task: the same for every scheme, load and queue.
 * @param keys of the random numbers
 */
export function serviceTimes(
  latency: Latency,
  slow: Slow | undefined,
  workers: number,
  keys: readonly (string | number)[],
): Load['service'] {
  const sample = latencySampler(latency);
  const field = randomField(...keys, 'service');
  if (!slow) return (group, index) => sample(field.at(group, index));
  const factor = slowdown(slow, workers, keys);
  return (group, index, worker, start) => sample(field.at(group, index)) * factor(worker, start);
}

/** The mean of a law, from draws: its closed form need not exist. In seconds. */
export function meanService(latency: Latency): number {
  const sample = latencySampler(latency);
  const stream = randomStream('mean service');
  const draws = 20_000;
  let sum = 0;
  for (let i = 0; i < draws; i++) sum += sample(stream);
  return sum / draws;
}
