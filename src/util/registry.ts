import * as z from 'zod';
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

/** A member whose config entry is `name` (no options) or `{name: options}`. */
export interface EntryMember<Name extends string = string, Options = unknown> extends Member<Name> {
  /** Absent for a member that is written as a bare name. */
  readonly options?: z.ZodType<Options>;
  /** How a config writes it, for messages: `{bernoulli: 0.1}`. */
  readonly written: string;
}

/** The values of the config entries of these members. */
export type EntryOf<Entry> = Entry extends { readonly name: infer Name extends string }
  ? Entry extends { readonly options: z.ZodType<infer Options> }
    ? { readonly [Key in Name]: Options }
    : Name
  : never;

/**
 * The schema of a config entry that names one member of a table. The one cast of a table: zod cannot see that the union over
 * the members' schemas is the union of their values.
 */
export function entrySchema<const Entry extends EntryMember>(members: readonly Entry[]): z.ZodType<EntryOf<Entry>> {
  const bare = members.filter(({ options }) => !options).map(({ name }) => name);
  const written = members.map((member) => member.written);
  const schemas = [
    ...(bare.length > 0 ? [z.enum(bare)] : []),
    ...members.flatMap(({ name, options }) => (options ? [z.strictObject({ [name]: options })] : [])),
  ];
  const error = `expected ${written.slice(0, -1).join(', ')} or ${written.at(-1)}`;
  return z.union(schemas, { error }) as unknown as z.ZodType<EntryOf<Entry>>;
}

/** The member that a validated config entry names, and its options. */
export function memberOf<Entry extends EntryMember>(
  table: Registry<Entry>,
  entry: string | object,
): [member: Entry, options: unknown] {
  if (typeof entry === 'string') return [table.get(entry), undefined];
  const [[name, options]] = Object.entries(entry) as [[string, unknown]];
  return [table.get(name), options];
}
