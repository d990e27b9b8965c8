import { join } from 'node:path';
import { type MetricName, metrics } from '../metrics/table.ts';
import type { CellKey } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { readRegularFile } from '../util/files.ts';
import { packageRoot } from '../util/folders.ts';

/** A number that a paper prints, as `results/published.json` holds it. Ours are never written there. */
export interface PublishedNumber {
  readonly id: string;
  /** Short tag of the source, such as `N`; the file's `sources` says what it is. */
  readonly source: string;
  /** Key of the source for `\cite`, from the file's `citations`. */
  readonly cite?: string;
  /** Table or figure of the source. */
  readonly place: string;
  /** The model as the source names it. */
  readonly model: string;
  /** Our models that it is printed beside. */
  readonly models: readonly string[];
  readonly dataset: string;
  /** The label of our scheme. */
  readonly scheme: string;
  /** Label of the variant of our scheme that follows the source's code, such as its rule for nodes: figures show it beside that. */
  readonly beside?: string;
  /** Absent where the source does not say; then the number stands beside every value. */
  readonly K?: number;
  readonly N?: number;
  readonly S?: number;
  readonly E?: number;
  /** As in the key column of the same name. */
  readonly attack?: string;
  /** Set where a number stands beside one experiment of ours only, because the source leaves its setting open. */
  readonly experiment?: string;
  readonly metric: MetricName;
  readonly value: number;
  readonly std?: number;
  /** Where there is no `std`: how far from `value` the exact number may be, half a unit of its last digit or what reading off a figure costs. */
  readonly tolerance?: number;
  readonly note?: string;
}

const packaged = join(packageRoot, 'results', 'published.json');

/**
 * Reads the published numbers that come with the package.
 * @throws UserError when the file is missing or an entry is malformed
 */
export function readPublished(file = packaged): PublishedNumber[] {
  const content = readPublishedFile<{ numbers: PublishedNumber[]; citations?: Record<string, string> }>(file);
  for (const [i, entry] of content.numbers.entries()) {
    const fault = numberFault(entry, content.sources);
    if (fault) throw new UserError(`${file}: number ${i + 1} (${entry.id ?? 'no id'}) ${fault}`);
  }
  return content.numbers.map((entry) => {
    const cite = content.citations?.[entry.source];
    return cite === undefined ? entry : { ...entry, cite };
  });
}

/**
 * Decimals that a source prints: JSON drops the last zero of `0.90`, the spread or the half unit of the last digit still tells
 * of it.
 */
export function publishedDecimals({ value, std, tolerance }: PublishedNumber): number {
  const decimals = (number: number) => String(number).split('.')[1]?.length ?? 0;
  const unit = tolerance === undefined ? 0 : Math.floor(-Math.log10(2 * tolerance) + 1e-9);
  return Math.max(decimals(value), std === undefined ? Math.max(0, unit) : decimals(std));
}

function readPublishedFile<Part>(file: string): Part & { sources: Record<string, string> } {
  try {
    return JSON.parse(readRegularFile(file).toString());
  } catch (error) {
    throw new UserError(`${file}: cannot be read as JSON (${(error as Error).message.split('\n')[0]})`);
  }
}

function numberFault(entry: PublishedNumber, sources: Record<string, string>): string | undefined {
  if (!entry.id) return 'has no id';
  if (!(entry.source in sources)) return `names the source "${entry.source}", which is not in "sources"`;
  if (!metrics.has(entry.metric)) return `has the unknown metric "${entry.metric}"`;
  if (!Number.isFinite(entry.value)) return 'has no value';
  if (!((entry.std ?? entry.tolerance ?? 0) > 0)) return 'needs std or tolerance';
  if (!Array.isArray(entry.models) || !entry.dataset || !entry.scheme || !entry.place) {
    return 'needs models, dataset, scheme and place';
  }
  return undefined;
}

/** A speed-up that a paper states as the largest it saw. */
export interface PublishedSpeedup {
  readonly id: string;
  readonly source: string;
  readonly place: string;
  /** Labels of our schemes: `scheme` is `value` times as fast as `over`. */
  readonly scheme: string;
  readonly over: string;
  readonly value: number;
  /** Points of accuracy. */
  readonly accuracyGain?: number;
  readonly note?: string;
}

/**
 * Reads the published speed-ups that come with the package.
 * @throws UserError when the file is missing or an entry is malformed
 */
export function readPublishedSpeedups(file = packaged): PublishedSpeedup[] {
  const { sources, speedups = [] } = readPublishedFile<{ speedups?: PublishedSpeedup[] }>(file);
  for (const [i, entry] of speedups.entries())
    if (!(entry.source in sources) || !entry.scheme || !entry.over || !(entry.value > 0))
      throw new UserError(`${file}: speed-up ${i + 1} (${entry.id ?? 'no id'}) needs source, scheme, over and value`);
  return speedups;
}

/** The published numbers of a cell: same scheme, dataset and a model it stands for, and the same of the other keys where published. */
export function publishedFor(key: CellKey, numbers: readonly PublishedNumber[]): PublishedNumber[] {
  return numbers.filter(
    (number) =>
      number.scheme === key.scheme &&
      number.dataset === key.dataset &&
      number.models.includes(key.model) &&
      (['K', 'N', 'S', 'E', 'attack', 'experiment'] as const).every(
        (name) => number[name] === undefined || number[name] === key[name],
      ),
  );
}
