import * as z from 'zod';
import type { Combination } from '../codecs/codec.ts';
import { defaultCombination } from '../codecs/compose.ts';
import { lambdaRules, type NamedRule } from '../codecs/lambda-rules.ts';
import { ConfigIssue, faultOf, parseWith } from '../config/issues.ts';
import { lambdas, limits } from '../config/values.ts';
import { type SchemeOptions, schemes } from '../external/registry.ts';
import { seen } from '../util/text.ts';

/** One scheme of the config with its options fixed, but for a λ pair that is still to be tuned. */
export interface SchemeEntry {
  /** Place in the config's list of schemes. */
  readonly item: number;
  readonly scheme: string;
  readonly label: string;
  /** The scheme's own options, complete with defaults. */
  readonly options: SchemeOptions;
  readonly combination: Combination;
  /** `true`: λ comes from tuning trials; `oracle`: the best of the reported trials themselves, an upper bound. */
  readonly tune?: true | 'oracle';
  /** The λ rule that gives λ_dec under each condition, in place of the one in `options`. */
  readonly rule?: NamedRule;
}

/** Options that every scheme entry may carry besides the scheme's own. */
export const entrySchema = z.strictObject({
  label: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'name in tables and figures, where the default would repeat' }),
  order: z
    .enum(['given', 'path'])
    .optional()
    .meta({ description: 'path: the queries are put along a short path before they are encoded' }),
  decoder: z
    .enum(['own', 'kriging'])
    .optional()
    .meta({ description: "kriging: regression on the coded points, in place of the scheme's own decoder" }),
  locator: z
    .enum(['none', 'approxifer', 'kriging', 'dct'])
    .optional()
    .meta({ description: 'who looks for Byzantine workers before decoding' }),
  lambda: z
    .strictObject({
      rule: z.enum(lambdaRules.names),
      times: z.number().positive().default(1).meta({ description: 'factor: the papers give the order only' }),
    })
    .optional()
    .meta({ description: 'λ_dec by a rule of a paper, from N, S and E: `approxifer list lambda-rules`' }),
  tune: z
    .union([z.literal(true), z.literal('oracle')], { error: 'expected true or oracle' })
    .optional()
    .meta({ description: 'true: λ from trials of its own; oracle: the best on the reported trials, an upper bound' }),
});

/** The entries of `schemes:`. @throws ConfigIssue for the first fault, and for labels of two items that look alike */
export function parseEntries(written: readonly unknown[]): SchemeEntry[] {
  const entries = written.flatMap(parseEntry);
  const owner = new Map<string, SchemeEntry>();
  for (const entry of entries) {
    const { label, item } = entry;
    const look = seen(label);
    if (look === '') throw new ConfigIssue(['schemes', item], 'the label has nothing that can be seen; write a name');
    const other = owner.get(look);
    if (other && other.item !== item) {
      const what = other.label === label ? `have the label "${label}"` : `have labels that look alike, "${label}"`;
      throw new ConfigIssue(['schemes', item], `two schemes ${what}; give one of them its own with label:`);
    }
    owner.set(look, entry);
  }
  return entries;
}

/** Whether an option of the entry is left to a calibration. */
export function isLeftOpen({ scheme, options }: SchemeEntry): boolean {
  return schemes.get(scheme).alternatives?.(options) !== undefined;
}

/** The entries that one item of `schemes:` stands for: one a pair of λ. */
function parseEntry(written: unknown, item: number): SchemeEntry[] {
  const path = ['schemes', item];
  const [name, raw] = entryParts(written, path);
  const scheme = faultOf(path, () => schemes.get(name));
  const inside = typeof written === 'string' ? path : [...path, name];
  const isCommon = ([key]: [string, unknown]) => Object.hasOwn(entrySchema.shape, key);
  const common = Object.fromEntries(Object.entries(raw).filter(isCommon));
  const own = Object.fromEntries(Object.entries(raw).filter((entry) => !isCommon(entry)));
  const { label, tune, lambda, ...parts } = parseWith(entrySchema, common, inside);
  const usual = { ...defaultCombination, ...scheme.combination };
  const combination = { ...usual, ...definedOnly(parts) };

  const pairs = scheme.smoothing ? lambdaPairs(own, inside) : [{}];
  const options = pairs.map((pair) =>
    parseWith(scheme.options, { ...own, ...pair }, inside, Object.keys(entrySchema.shape)),
  );
  if (tune && !scheme.smoothing) throw new ConfigIssue([...inside, 'tune'], `${name} has no λ to tune`);
  if (tune && (Object.hasOwn(own, 'lambdaEnc') || Object.hasOwn(own, 'lambdaDec'))) {
    throw new ConfigIssue([...inside, 'tune'], 'a scheme has either fixed λ or tune, not both');
  }
  if (lambda && !scheme.smoothing) throw new ConfigIssue([...inside, 'lambda'], `${name} has no λ`);
  if (lambda && (tune || Object.hasOwn(own, 'lambdaDec'))) {
    throw new ConfigIssue(
      [...inside, 'lambda'],
      'λ_dec is given by lambda:, by lambdaDec: or by tune:, not by two of them',
    );
  }
  // `lambdaDec: 0` says that nothing is smoothed, which is true
  const smooths = lambda ? 'lambda' : options.some((option) => option.lambdaDec) && 'lambdaDec';
  if (smooths && combination.decoder !== 'own')
    throw new ConfigIssue([...inside, smooths], `decoder: ${combination.decoder} has no λ_dec; leave ${smooths} out`);
  const naming =
    tune || lambda
      ? { ...options[0], lambdaEnc: 1, lambdaDec: 1 }
      : (options.find((pair) => pair.lambdaEnc || pair.lambdaDec) ?? options[0]!);
  const defaultLabel = scheme.label(naming) + otherParts(combination, usual) + (tune === 'oracle' ? '-oracle' : '');
  return options.map((option) => ({
    item,
    scheme: name,
    label: label ?? defaultLabel,
    options: option,
    combination,
    ...(tune && { tune }),
    ...(lambda && { rule: lambda }),
  }));
}

/** What a label says of parts that are not the scheme's usual ones: `BACC-kriging` decodes in another way than `BACC`. */
function otherParts({ order, decoder, locator }: Combination, usual: Combination): string {
  return [
    order !== usual.order && `-${order}`,
    decoder !== usual.decoder && `-${decoder}`,
    locator !== usual.locator && (locator === 'none' ? '-no-locator' : `-${locator}-locator`),
  ]
    .filter((text) => text !== false)
    .join('');
}

function entryParts(written: unknown, path: readonly PropertyKey[]): [string, Record<string, unknown>] {
  if (typeof written === 'string') return [written, {}];
  const entries = typeof written === 'object' && written !== null ? Object.entries(written) : [];
  const [only] = entries;
  if (!only || entries.length !== 1 || (only[1] !== null && typeof only[1] !== 'object')) {
    throw new ConfigIssue(path, 'expected a scheme name or {name: {options}}');
  }
  return [only[0], (only[1] ?? {}) as Record<string, unknown>];
}

function lambdaPairs(own: Record<string, unknown>, path: readonly PropertyKey[]): Record<string, unknown>[] {
  const list = (key: string) => (Object.hasOwn(own, key) ? parseWith(lambdas, own[key], [...path, key]) : [undefined]);
  const [encoding, decoding] = [list('lambdaEnc'), list('lambdaDec')];
  const pairs = encoding.length * decoding.length;
  if (pairs > limits.list) throw new ConfigIssue(path, `${pairs} pairs of λ; a scheme has at most ${limits.list}`);
  return encoding.flatMap((lambdaEnc) => decoding.map((lambdaDec) => definedOnly({ lambdaEnc, lambdaDec })));
}

/** Without the entries that are undefined, which an absent key is not. */
function definedOnly<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const copy = { ...value };
  for (const key of Object.keys(copy) as (keyof T)[]) if (copy[key] === undefined) delete copy[key];
  return copy as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
