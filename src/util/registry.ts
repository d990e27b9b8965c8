import { nearest, UserError } from './errors.ts';
import { quoted } from './text.ts';

/**
 * A closed set (schemes, attacks, metrics, …) is a table of objects: one object has a name, a line that says what it is, and
 * what it does. Members that differ in their options stand in one table as `Member<unknown>`: their functions are declared as
 * methods, which TypeScript lets take a wider parameter, and each is only called with options that its own schema has made.
 */
export interface Member<Name extends string = string> {
  /** As a config or a command names it. */
  readonly name: Name;
  /** One line for `approxifer list` and the docs. */
  readonly summary: string;
}

/** The one way to look a name up. */
export interface Registry<Entry extends { readonly name: string }> {
  /** What the members are, in one word or two: `scheme`. */
  readonly what: string;
  /** In the order of the table. */
  readonly entries: readonly Entry[];
  readonly names: readonly Entry['name'][];
  has(name: string): boolean;
  find(name: string): Entry | undefined;
  /** @throws UserError with the nearest name and all known ones when there is none */
  get(name: string): Entry;
}

/** @throws RangeError when two members have one name */
export function registry<Entry extends { readonly name: string }>(
  what: string,
  entries: readonly Entry[],
): Registry<Entry> {
  // a map has no keys but its own: `constructor` is as unknown as any other word
  const byName = new Map<string, Entry>(entries.map((entry) => [entry.name, entry]));
  const names = entries.map(({ name }): Entry['name'] => name);
  if (byName.size < entries.length) throw new RangeError(`two members of the table "${what}" have one name: ${names}`);
  return {
    what,
    entries,
    names,
    has: (name) => byName.has(name),
    find: (name) => byName.get(name),
    get(name) {
      const entry = byName.get(name);
      if (entry) return entry;
      throw new UserError(unknownName(what, name, names));
    },
  };
}

/** The one wording for a name that is not in a table. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const guess = nearest(name, known) ?? known.find((other) => name.length > 2 && other.startsWith(name));
  return `unknown ${what} ${quoted(name)}${guess ? `; did you mean "${guess}"?` : ''} (known: ${known.join(', ')})`;
}
