import { ConfigIssue } from '../config/issues.ts';
import { parseEntries, type SchemeEntry } from './entries.ts';
import type { ParsedKeys } from './schema.ts';

/** What the trials of any kind of experiment on coded batches follow from, written out. Plain data. */
export interface CodedConfig extends Omit<ParsedKeys, 'schemes' | 'K'> {
  readonly name: string;
  readonly K: readonly number[];
  readonly schemes: readonly SchemeEntry[];
}

/**
 * Expands what a kind's schema leaves as written: the schemes, and the values of K.
 * @param parsed the document after the schema of its kind
 * @param document as written
 * @throws ConfigIssue for the first fault
 */
export function expandConfig<Parsed extends ParsedKeys>(
  parsed: Parsed,
  document: object,
): Omit<Parsed, 'schemes' | 'K'> & Pick<CodedConfig, 'schemes' | 'K'> {
  const K = queriesOf(parsed, document);
  return { ...parsed, K, schemes: parseEntries(parsed.schemes) };
}

/** The values of K; with `settings` those in them, and nothing else may say K, N or S. */
function queriesOf({ K, settings, stragglers, tune }: ParsedKeys, document: object): readonly number[] {
  if (!settings) {
    if (!K) throw new ConfigIssue(['K'], 'K: expected a whole number of at least 1 (or settings:), it is missing');
    return K;
  }
  const twice = ['K', 'N', 'S'].find((key) => Object.hasOwn(document, key));
  if (twice)
    throw new ConfigIssue([twice], `${twice} and settings: exclude each other; settings holds K, N and S`, true);
  if (!stragglers.every((model) => typeof model === 'string')) {
    throw new ConfigIssue(['stragglers'], 'settings: fixes S, so the stragglers are uniform or contiguous');
  }
  if (tune?.S !== undefined) throw new ConfigIssue(['tune', 'S'], 'with settings: every setting is tuned at its own S');
  return [...new Set(settings.map((setting) => setting.K))];
}
