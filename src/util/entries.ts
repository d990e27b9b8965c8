import * as z from 'zod';
import type { Member, Registry } from './registry.ts';

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
