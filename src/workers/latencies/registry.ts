import { type EntryOf, entrySchema, memberOf } from '../../util/entries.ts';
import type { RandomStream } from '../../util/random.ts';
import { registry } from '../../util/registry.ts';
import { bimodal } from './bimodal.ts';
import { exponential } from './exponential.ts';
import type { LatencyLaw } from './latency.ts';
import { logNormal } from './log-normal.ts';
import { pareto } from './pareto.ts';
import { shiftedExponential } from './shifted-exponential.ts';
import { trace } from './trace.ts';

const laws = [exponential, shiftedExponential, pareto, logNormal, bimodal, trace] as const;

/** Every latency law, by the name a config uses. A new law is one file and one line here. */
export const latencies = registry<LatencyLaw>('latency', laws);

/** Latency of one worker; all times in seconds once parsed. */
export const latencySchema = entrySchema(laws);
export type Latency = EntryOf<(typeof laws)[number]>;

/** One worker's latency in seconds. */
export function drawLatency(latency: Latency, stream: RandomStream): number {
  return latencySampler(latency)(stream);
}

/** The same for many draws: the law is looked up once. */
export function latencySampler(latency: Latency): (stream: RandomStream) => number {
  const [law, options] = memberOf(latencies, latency);
  return (stream) => law.draw(options, 1 - stream.uniform(), stream);
}

/** The law with its parameters, in seconds, as the `stragglers` column prints them: `pareto;0.01;2`. */
export function latencyText(latency: Latency): string {
  const [law, options] = memberOf(latencies, latency);
  return [law.name, ...Object.values(options as object)].join(';');
}
