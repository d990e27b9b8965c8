import type { MetricName } from '../metrics/table.ts';
import { type PairedRow, readPaired, readSummary } from '../results/read.ts';
import { markdownRow } from '../util/markdown.ts';

/** A track of the bench suite: one small config. */
interface Track {
  /** Of the packaged config `bench/<name>`; its reference is `bench-<name>`. */
  readonly name: string;
  readonly summary: string;
}

/** Changes whenever a track is added, removed or changed: boards of two versions are not compared. */
export const suiteVersion = 1;

/** The fixed set, quick enough for ten minutes on two cores. */
export const tracks: readonly Track[] = [
  { name: 'late', summary: 'two of 16 late' },
  { name: 'bursts', summary: 'three neighbours of 16 late' },
  { name: 'few', summary: 'one spare worker' },
  { name: 'liars', summary: 'two liars of 24, one late' },
  { name: 'formula-late', summary: 'formula, each of 24 late with p = 0.15' },
  { name: 'formula-liars', summary: 'formula, two liars of 24' },
];

/** What is compared. */
const metric: MetricName = 'mse';

type Interval = Pick<PairedRow, 'low' | 'high'>;

/** A scheme in a track. */
interface Standing {
  readonly mean: number;
  readonly sem: number;
  readonly place: Place;
}

/**
 * `best` has the smallest mean. The others by the 95 % interval of their difference from it over the same trials: `behind` where it lies
 * above 0, `tie` where it holds 0 and is narrow, `undecided` where it reaches further or is not known.
 */
type Place = 'best' | 'tie' | 'undecided' | 'behind';

/** How far the interval of a tie may reach, as a share of the best's mean: a wild scheme is not told apart either, and is no tie. */
const tieShare = 0.1;

/** What the marks of a board mean. */
export const boardLegend = [
  'Bold: the smallest mean. The others by the 95 % interval of their difference from it over the same trials: `=` (tie) holds 0 and stays',
  `within ±${tieShare * 100} % of the smallest mean, \`?\` (undecided) holds 0 and reaches further, no mark is larger. The order of rows counts the`,
  'smallest and the ties alone.',
].join('\n');

/** One scheme over all tracks. */
interface Row {
  readonly scheme: string;
  readonly standings: ReadonlyMap<string, Standing>;
}

/**
 * The board of folders of runs or references, the schemes that are best or tied most often first.
 * @param folders by track
 * @throws UserError as `readSummary`
 */
export function leaderboard(folders: ReadonlyMap<string, string>): Row[] {
  const schemes = new Map<string, Map<string, Standing>>();
  for (const [track, folder] of folders) {
    const cells = readSummary(folder).flatMap(({ key, metrics }) => {
      const found = metrics.get(metric);
      return found && Number.isFinite(found.mean) ? [{ scheme: key.scheme, ...found }] : [];
    });
    const best = cells.reduce((least, cell) => (cell.mean < least.mean ? cell : least), cells[0]!);
    const differences = readPaired(folder).filter((row) => row.metric === metric);
    for (const { scheme, mean, sem } of cells) {
      const place = scheme === best.scheme ? 'best' : placeOf(fromBest(differences, scheme, best.scheme), best.mean);
      const standings = schemes.get(scheme) ?? new Map<string, Standing>();
      schemes.set(scheme, standings.set(track, { mean, sem, place }));
    }
  }
  const rows = [...schemes].map(([scheme, standings]) => ({ scheme, standings }));
  const wins = ({ standings }: Row) =>
    [...standings.values()].filter(({ place }) => place === 'best' || place === 'tie').length;
  return rows.sort((a, b) => wins(b) - wins(a) || (a.scheme < b.scheme ? -1 : 1));
}

/** The interval of a scheme's mean minus the best's; none where `paired.csv` has no such pair. */
function fromBest(rows: readonly PairedRow[], scheme: string, best: string): Interval | undefined {
  for (const { a, b, low, high } of rows) {
    if (a.scheme === scheme && b.scheme === best) return { low, high };
    if (a.scheme === best && b.scheme === scheme) return { low: -high, high: -low };
  }
  return undefined;
}

function placeOf(difference: Interval | undefined, best: number): Place {
  if (!difference) return 'undecided';
  const { low, high } = difference;
  if (low > 0) return 'behind';
  const margin = tieShare * best;
  return high >= 0 && low >= -margin && high <= margin ? 'tie' : 'undecided';
}

const marks: Readonly<Record<Place, string>> = { best: '', tie: ' =', undecided: ' ?', behind: '' };

/** The board as Markdown; `boardLegend` says what its marks mean. */
export function leaderboardMarkdown(rows: readonly Row[], names: readonly string[]): string {
  const shown = ({ mean, place }: Standing) => {
    const text = String(Number(mean.toPrecision(3)));
    return place === 'best' ? `**${text}**` : `${text}${marks[place]}`;
  };
  return [
    markdownRow(['scheme', ...names]),
    `|${'---|'.repeat(names.length + 1)}`,
    ...rows.map(({ scheme, standings }) =>
      markdownRow([
        scheme,
        ...names.map((name) => {
          const standing = standings.get(name);
          return standing ? shown(standing) : '–';
        }),
      ]),
    ),
  ].join('\n');
}
