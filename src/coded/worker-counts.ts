import type { Tolerance } from '../codecs/codec.ts';
import { locatorFormula, locatorWorkers } from '../codecs/compose.ts';
import { ConfigIssue, faultOf } from '../config/issues.ts';
import { type SchemeOptions, schemes } from '../external/registry.ts';
import type { CodedConfig } from './config.ts';
import type { SchemeEntry } from './entries.ts';

/**
 * The N of `N: {of: scheme}`: what the first entry of that scheme needs, or the scheme with its default options. Undefined
 * where the config does not ask for it.
 */
export function sharedWorkers(config: CodedConfig, need: Tolerance): number | undefined {
  if (!config.N || Array.isArray(config.N)) return undefined;
  const { of } = config.N;
  const entry = config.schemes.find(({ scheme }) => scheme === of);
  const scheme = faultOf(['N', 'of'], () => schemes.get(of));
  const options = entry?.options ?? scheme.options.safeParse({}).data;
  if (!options)
    throw new ConfigIssue(['N', 'of'], `${of} has no default options; N: {of: ${of}} needs an entry of it in schemes:`);
  return faultOf(['N', 'of'], () => scheme.minimumWorkers(need, options));
}

/** What a scheme is run under, as far as the number of its workers goes. */
interface WorkerNeed {
  readonly K: number;
  /** As the config gives it to all schemes. */
  readonly N?: number;
  readonly S?: number;
  readonly E: number;
}

/**
 * The number of workers of a scheme under a condition.
 * @param options of the entry, with its λ
 * @param givenN whether the config says how many workers there are: a fault is then of `N`
 * @throws ConfigIssue when they are fewer than the scheme needs
 */
export function workersOf(entry: SchemeEntry, options: SchemeOptions, condition: WorkerNeed, givenN: boolean): number {
  const scheme = schemes.get(entry.scheme);
  const S = condition.S ?? 0;
  const need = { K: condition.K, S, E: condition.E };
  const N =
    scheme.fixedWorkers?.(need.K) ??
    condition.N ??
    faultOf(['schemes', entry.item], () =>
      Math.max(scheme.minimumWorkers(need, options), locatorWorkers(entry.combination, need)),
    );
  if (S >= N) {
    throw new ConfigIssue(['S'], `S = ${S} stragglers of N = ${N} workers leave nobody to answer; S must be below N`);
  }
  const own = faultOf(['S'], () => scheme.requiredWorkers?.(need, options)) ?? S + 1;
  const required = Math.max(own, locatorWorkers(entry.combination, need));
  if (N < required) {
    const where = givenN ? ['N'] : ['schemes', entry.item];
    const formula = required > own ? locatorFormula : scheme.workersFormula;
    throw new ConfigIssue(
      where,
      `${entry.label} with K = ${need.K}, S = ${S}, E = ${need.E} needs N >= ${formula}; N = ${N} is too small, the smallest is ${required}`,
    );
  }
  return N;
}
