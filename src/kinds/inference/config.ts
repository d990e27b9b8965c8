import type { Combination } from '../../codecs/codec.ts';
import { defaultCombination } from '../../codecs/compose.ts';
import { schemes } from '../../codecs/registry.ts';
import { ConfigIssue, faultOf, parseWith } from '../../config/issues.ts';
import { lambdas, limits } from '../../config/values.ts';
import { configSchema, entrySchema, type ParsedConfig } from './schema.ts';

/** One scheme of the config with its options fixed, but for a λ pair that is still to be tuned. */
export interface SchemeEntry {
  /** Place in the config's list of schemes. */
  readonly item: number;
  readonly scheme: string;
  readonly label: string;
  /** The scheme's own options, complete with defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly combination: Combination;
  /** `true`: λ comes from tuning trials; `oracle`: the best of the reported trials themselves, an upper bound. */
  readonly tune?: true | 'oracle';
}

/** A validated experiment: every value normalised to lists, every scheme entry expanded. Plain data. */
export interface ExperimentConfig extends Omit<ParsedConfig, 'schemes' | 'K'> {
  readonly K: readonly number[];
  readonly schemes: readonly SchemeEntry[];
}

/**
 * Validates a config document.
 * @param document what the YAML says, as plain data
 * @throws ConfigIssue for the first fault
 */
export function parseExperiment(document: unknown): ExperimentConfig {
  const config = parseWith(configSchema, document, []);
  const K = queriesOf(config, document as object);
  const schemes = config.schemes.flatMap(parseEntry);
  const owner = new Map<string, number>();
  for (const { label, item } of schemes) {
    if ((owner.get(label) ?? item) !== item) {
      throw new ConfigIssue(
        ['schemes', item],
        `two schemes have the label "${label}"; give one of them its own with label:`,
      );
    }
    owner.set(label, item);
  }
  const tuned = schemes.find((entry) => entry.tune);
  if (tuned && config.kind === 'samples') {
    throw new ConfigIssue(
      ['schemes', tuned.item, tuned.scheme, 'tune'],
      'kind: samples searches no λ; give lambdaEnc and lambdaDec, such as those that "approxifer tune" finds',
    );
  }
  if (tuned && !config.tune) {
    throw new ConfigIssue(
      ['schemes', tuned.item],
      'a scheme is to be tuned, but the config has no tune: {lambdaEnc: …, lambdaDec: …}',
    );
  }
  return { ...config, K, schemes };
}

/** The values of K; with `settings` those in them, and nothing else may say K, N or S. */
function queriesOf({ K, settings, stragglers, tune }: ParsedConfig, document: object): readonly number[] {
  if (!settings) {
    if (!K) throw new ConfigIssue(['K'], 'K: expected a whole number of at least 1 (or settings:), it is missing');
    return K;
  }
  const twice = ['K', 'N', 'S'].find((key) => key in document);
  if (twice)
    throw new ConfigIssue([twice], `${twice} and settings: exclude each other; settings holds K, N and S`, true);
  if (!stragglers.every((model) => typeof model === 'string')) {
    throw new ConfigIssue(['stragglers'], 'settings: fixes S, so the stragglers are uniform or contiguous');
  }
  if (tune?.S !== undefined) throw new ConfigIssue(['tune', 'S'], 'with settings: every setting is tuned at its own S');
  return [...new Set(settings.map((setting) => setting.K))];
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
  const { label, tune, ...parts } = parseWith(entrySchema, common, inside);
  const combination = { ...defaultCombination, ...scheme.combination, ...definedOnly(parts) };

  const pairs = scheme.smoothing ? lambdaPairs(own, inside) : [{}];
  const options = pairs.map((pair) =>
    parseWith(scheme.options, { ...own, ...pair }, inside, Object.keys(entrySchema.shape)),
  );
  if (tune && !scheme.smoothing) throw new ConfigIssue([...inside, 'tune'], `${name} has no λ to tune`);
  if (tune && (Object.hasOwn(own, 'lambdaEnc') || Object.hasOwn(own, 'lambdaDec'))) {
    throw new ConfigIssue([...inside, 'tune'], 'a scheme has either fixed λ or tune, not both');
  }
  const naming = tune ? { ...options[0], lambdaEnc: 1, lambdaDec: 1 } : options.at(-1)!;
  const defaultLabel = scheme.label(naming) + (tune === 'oracle' ? '-oracle' : '');
  return options.map((option) => ({
    item,
    scheme: name,
    label: label ?? defaultLabel,
    options: option,
    combination,
    ...(tune && { tune }),
  }));
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

function lambdaPairs(own: Record<string, unknown>, path: readonly PropertyKey[]): object[] {
  const list = (key: string) => (Object.hasOwn(own, key) ? parseWith(lambdas, own[key], [...path, key]) : [undefined]);
  const [all, decoding] = [list('lambdaEnc'), list('lambdaDec')];
  if (all.length * decoding.length > limits.list)
    throw new ConfigIssue(path, `${all.length * decoding.length} pairs of λ; a scheme has at most ${limits.list}`);
  return all.flatMap((lambdaEnc) => decoding.map((lambdaDec) => definedOnly({ lambdaEnc, lambdaDec })));
}

function definedOnly<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
