import * as z from 'zod';

/** How a Byzantine worker's answer differs from the true one; see `attacks.ts` for the formulas. */
export interface Attack {
  readonly kind: 'gaussian' | 'sign-flip' | 'constant' | 'reversal' | 'collusion' | 'mimicry';
  /** Standard deviation, value or factor, in units of the outputs; 1 for the kinds without one. */
  readonly size: number;
  /** Which of the answering workers lie. */
  readonly workers: 'random' | 'worst';
}

/** Kinds with a number, and its value where the config names only the kind. */
const sized = { gaussian: 10, constant: 10, reversal: 10, collusion: 10 } as const;
const unsized = ['sign-flip', 'mimicry'] as const;
const names = [...(Object.keys(sized) as (keyof typeof sized)[]), ...unsized];

const workers = z.enum(['random', 'worst']).default('random');
const withSize = <Name extends keyof typeof sized>(kind: Name, size: z.ZodNumber) =>
  z
    .strictObject({ [kind]: size, workers } as { [K in Name]: z.ZodNumber } & { workers: typeof workers })
    .transform((value): Attack => {
      const entry = value as unknown as Record<Name, number> & { workers: Attack['workers'] };
      return { kind, size: entry[kind], workers: entry.workers };
    });
const withoutSize = (kind: (typeof unsized)[number]) =>
  z
    .strictObject({ [kind]: z.literal(true), workers })
    .transform((value): Attack => ({ kind, size: 1, workers: value.workers as Attack['workers'] }));

/**
 * The config's `attack:` entry: a name, or `{name: size, workers: random | worst}` (`true` for the kinds without a size).
 * `gaussian`: standard deviation; `constant`: the value of every output; `reversal`: the factor c of -c·y; `collusion`:
 * standard deviation of the common shift.
 */
export const attackSchema = z
  .union(
    [
      z
        .enum(names)
        .transform(
          (kind): Attack => ({ kind, size: kind in sized ? sized[kind as keyof typeof sized] : 1, workers: 'random' }),
        ),
      withSize('gaussian', z.number().positive()),
      withSize('constant', z.number()),
      withSize('reversal', z.number().positive()),
      withSize('collusion', z.number().positive()),
      ...unsized.map(withoutSize),
    ],
    { error: `expected one of ${names.join(', ')}, or such as {gaussian: 10, workers: random | worst}` },
  )
  .meta({ description: 'How Byzantine workers change their answers, and which workers they are' });

/** The text of the results' `attack` column: `gaussian(10)`, `sign-flip`, `constant(5)@worst`. */
export function attackText({ kind, size, workers }: Attack): string {
  return `${kind}${kind in sized ? `(${size})` : ''}${workers === 'worst' ? '@worst' : ''}`;
}
