import * as z from 'zod';

/** Values that people write in a config: a number, a list, a range, a logarithmic grid. */

/**
 * What a config may ask for at most. Each is far beyond what was ever run; without them a typing error would be an hour of
 * silence, or memory that is not there.
 */
export const limits = {
  /** Queries, workers, stragglers. */
  count: 100_000,
  /** Values of one list, range or grid. */
  list: 10_000,
  /** Cells of an experiment. */
  cells: 16_000,
  /** Numbers of one encoding matrix [N, K]: 1 GiB. */
  matrix: 2 ** 27,
  /** Numbers of all encoding matrices together: 2 GiB. */
  matrices: 2 ** 28,
  trials: 10_000_000,
} as const;

export const trialCount = z.int().min(1).max(limits.trials, 'the values of all trials are held in memory');

/** How many values a written one stands for, without writing them out. */
function lengthOf(value: number | number[] | z.infer<typeof range> | z.infer<typeof logspace>): number {
  if (typeof value === 'number') return 1;
  if (Array.isArray(value)) return value.length;
  if ('logspace' in value) return value.logspace[2];
  return Math.floor((value.to - value.from) / value.step + 1e-9) + 1;
}

/** Undefined when a written value stands for as many values as a list may have. */
function lengthFault(value: Parameters<typeof lengthOf>[0]): string | undefined {
  const length = lengthOf(value);
  return length > limits.list ? `stands for ${length} values; a list has at most ${limits.list}` : undefined;
}

const range = z.strictObject({ from: z.number(), to: z.number(), step: z.number().positive() });

/** `{logspace: [from, to, count], zero: true}`: `count` points evenly spaced in the logarithm, with 0 in front on request. */
const logspace = z.strictObject({
  logspace: z.tuple([z.number().positive(), z.number().positive(), z.int().min(1)]),
  zero: z.boolean().default(false),
});

const listOf = (element: z.ZodNumber, what: string) =>
  z.union([element, z.array(element).min(1), range, logspace], {
    error: `expected ${what}, a list of them, {from, to, step} or {logspace: [from, to, count]}`,
  });

/** The list that a written value stands for, without repeats, in the order written. */
export function expandList(value: number | number[] | z.infer<typeof range> | z.infer<typeof logspace>): number[] {
  if (typeof value === 'number') return [value];
  return [...new Set(writtenOut(value))];
}

function writtenOut(value: number[] | z.infer<typeof range> | z.infer<typeof logspace>): number[] {
  if (Array.isArray(value)) return value;
  if ('logspace' in value) {
    const [from, to, count] = value.logspace;
    const points = Array.from({ length: count }, (_, i) => {
      if (i === 0) return from;
      if (i === count - 1) return to;
      // twelve digits: 1e-7 is written as such, whatever the logarithms round to
      return Number((from * (to / from) ** (i / (count - 1))).toPrecision(12));
    });
    return value.zero ? [0, ...points] : points;
  }
  const steps = Math.floor((value.to - value.from) / value.step + 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => Number((value.from + i * value.step).toPrecision(12)));
}

export const counts = (least: number) =>
  listOf(z.int().min(least), `a whole number of at least ${least}`).transform((value, context) => {
    const tooLong = lengthFault(value);
    const list = tooLong === undefined ? expandList(value) : [];
    const wrong = list.find((entry) => !Number.isInteger(entry) || entry < least || entry > limits.count);
    if (wrong === undefined && list.length > 0) return list;
    const reason = wrong === undefined ? 'the range is empty' : `${wrong} is not a whole number of at least ${least}`;
    context.addIssue(
      tooLong ?? (Number(wrong) > limits.count ? `${wrong} is too many: at most ${limits.count}` : reason),
    );
    return z.NEVER;
  });

export const lambdas = listOf(z.number().min(0), 'a smoothing parameter of at least 0').transform((value, context) => {
  const tooLong = lengthFault(value);
  const list = tooLong === undefined ? expandList(value) : [];
  if (list.length > 0 && list.every((entry) => entry >= 0)) return list;
  context.addIssue(tooLong ?? (list.length === 0 ? 'the range is empty' : 'a smoothing parameter is at least 0'));
  return z.NEVER;
});

/** The entries of a list without those that an earlier one is equal to, as plain data. */
export function withoutRepeats<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** One value or a list of them, as a list without repeats. */
export const oneOrMore = <T extends z.ZodType>(element: T) =>
  z
    .union([element, z.array(element).min(1)])
    .transform((value) => withoutRepeats((Array.isArray(value) ? value : [value]) as z.output<T>[]));
