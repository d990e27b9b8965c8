import { ConfigIssue } from '../config/issues.ts';
import { nearest } from '../util/errors.ts';
import type { Kind } from './kind.ts';

/** Every kind of experiment. A new one is a folder and a line here; what a kind needs is loaded when it is asked for. */
const kinds: Readonly<Record<string, () => Promise<Kind>>> = {
  inference: async () => (await import('./inference/kind.ts')).inference,
  samples: async () => (await import('./samples/kind.ts')).samples,
  training: async () => (await import('./training/kind.ts')).training,
  parity: async () => (await import('./parity/kind.ts')).parity,
  serving: async () => (await import('./serving/kind.ts')).serving,
};

export const kindNames: readonly string[] = Object.keys(kinds);

/** The kind of a config that names none. */
export const defaultKind = 'inference';

/**
 * The kind that a config, or a manifest's config, names.
 * @throws ConfigIssue with the nearest name for one that does not exist
 */
export async function kindOf(config: Readonly<Record<string, unknown>>): Promise<Kind> {
  const name = config.kind ?? defaultKind;
  if (typeof name === 'string' && Object.hasOwn(kinds, name)) return kinds[name]!();
  const guess = nearest(String(name), kindNames);
  const hint = guess ? `did you mean "${guess}"?` : `known: ${kindNames.join(', ')}`;
  throw new ConfigIssue(['kind'], `unknown kind ${JSON.stringify(name)}; ${hint}`);
}

/** All kinds, in the order of the list. */
export function allKinds(): Promise<Kind[]> {
  return Promise.all(Object.values(kinds).map((load) => load()));
}
