import * as z from 'zod';
import { UserError } from '../../util/errors.ts';
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
