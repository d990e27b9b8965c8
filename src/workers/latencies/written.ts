import * as z from 'zod';
import { memberOf } from '../../util/entries.ts';
import { UserError } from '../../util/errors.ts';
import { duration } from '../duration.ts';
import { type Latency, latencies, latencySchema } from './registry.ts';

/**
 * A law as a command line has it: `pareto(12ms, 2.5)`, its options in the order of the table.
 * @throws UserError for an unknown law, or options that are not its
 */
export function parseLatency(text: string): Latency {
  const [, name, list] = /^\s*([A-Za-z]+)\s*\((.*)\)\s*$/.exec(text) ?? [];
  const law = latencies.get(name ?? text.trim());
  const { options } = law;
  const keys = options instanceof z.ZodObject ? Object.keys(options.shape) : undefined;
  const values = (list ?? '').split(',').flatMap((part) => {
    const value = part.trim();
    if (value === '') return [];
    return [Number.isNaN(Number(value)) ? value : Number(value)];
  });
  const written = keys ? `${law.name}(${keys.join(', ')})` : `${law.name}(time, time, …)`;
  const parsed = latencySchema.safeParse({
    [law.name]: keys ? Object.fromEntries(keys.map((key, i) => [key, values[i]])) : values,
  });
  if (!parsed.success || (keys && values.length !== keys.length))
    throw new UserError(`latency "${text}": expected ${written}, such as pareto(12ms, 2.5)`);
  return parsed.data;
}

/** Times of a trace that are written out. */
const mostTimes = 6;

/** A law for people, as `parseLatency` reads it: `pareto(12 ms, 2.5)`; of a long trace the first times. */
export function writtenLatency(latency: Latency): string {
  const [{ name, options: schema }, options] = memberOf(latencies, latency);
  const shape: Readonly<Record<string, unknown>> = schema instanceof z.ZodObject ? schema.shape : {};
  const values = Object.entries(options as Readonly<Record<string, number>>).map(([key, value]) =>
    Array.isArray(options) || shape[key] === duration ? timeText(value) : String(value),
  );
  const left = values.length > mostTimes ? [`… ${values.length} times`] : [];
  return `${name}(${[...values.slice(0, mostTimes), ...left].join(', ')})`;
}

function timeText(seconds: number): string {
  return seconds < 1 ? `${Number((1e3 * seconds).toPrecision(12))} ms` : `${seconds} s`;
}
