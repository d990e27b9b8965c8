import * as z from 'zod';
import type { AttackKind } from './faults/attacks/attack.ts';
import { type AttackName, attacks } from './faults/attacks/registry.ts';

/** How a Byzantine worker's answer differs from the true one, as a validated config holds it. */
export interface Attack {
  readonly kind: AttackName;
  /** Standard deviation, value or factor, in units of the outputs; 1 for the kinds without one. */
  readonly size: number;
  /** Which of the answering workers lie. */
  readonly workers: 'random' | 'worst';
}

const workers = z.enum(['random', 'worst']).default('random');
const bareName = z
  .enum(attacks.names)
  .transform((kind): Attack => ({ kind, size: attacks.get(kind).size?.usual ?? 1, workers: 'random' }));

/** `{gaussian: 10, workers: worst}`, and `true` in place of the number for an attack without one. */
function entryOf({ name, size }: AttackKind<AttackName>) {
  const number = size?.schema ?? z.literal(true).transform(() => 1);
  return z
    .strictObject({ [name]: number, workers })
    .transform((value): Attack => ({ kind: name, size: Number(value[name]), workers: workers.parse(value.workers) }));
}

/** The config's `attack:` entry: a name, or `{name: size, workers: random | worst}` (`true` for the kinds without a size). */
export const attackSchema = z
  .union([bareName, ...attacks.entries.map(entryOf)], {
    error: `expected one of ${attacks.names.join(', ')}, or such as {gaussian: 10, workers: random | worst}`,
  })
  .meta({ description: 'How Byzantine workers change their answers, and which workers they are' });

/** The text of the results' `attack` column: `gaussian(10)`, `sign-flip`, `constant(5)@worst`. */
export function attackText({ kind, size, workers }: Attack): string {
  return `${kind}${attacks.get(kind).size ? `(${size})` : ''}${workers === 'worst' ? '@worst' : ''}`;
}
