import type { MetricName } from '../metrics/table.ts';
import { cellText, csvLine } from '../results/csv.ts';
import { fewestCarriers } from '../results/ratio.ts';
import {
  notMeasured,
  type PairedRow,
  readFailures,
  readPaired,
  readSummary,
  type SummaryRow,
} from '../results/read.ts';
import { hasFile } from '../results/run-files.ts';
import { files } from '../results/schema.ts';
import { markdownRow } from '../util/markdown.ts';
import { median } from '../util/median.ts';
import { counted } from '../util/text.ts';

/** A track of the bench suite: one small config. */
interface Track {
  /** Of the packaged config `bench/<name>`; its reference is `bench-<name>`. */
  readonly name: string;
  readonly summary: string;
}

/** Changes whenever a track is added, removed or changed: boards of two versions are not compared. */
export const suiteVersion = 2;

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

type Difference = Pick<PairedRow, 'low' | 'high' | 'trials'>;

/** A scheme in a track. */
interface Standing {
  /** Over the trials that were decoded; NaN where none was. */
  readonly mean: number;
  readonly sem: number;
  readonly place: Place;
  /** Why it is undecided; absent where it is not. */
  readonly doubt?: Doubt;
  /** About how many trials carry its mean, where they are too few for its interval to cover what it says. */
  readonly carriedBy?: number;
  /** The same of the smallest mean, for a scheme that is undecided beside it. */
  readonly bestCarriedBy?: number;
  /** Trials that it could not decode, and those of the track; absent where it decoded all. */
  readonly undecoded?: number;
  readonly trials?: number;
}

/**
 * `best` has the smallest mean. The others by the 95 % interval of their difference from it over the same trials: `behind` where it lies
 * above 0, `tie` where it holds 0 and is narrow, `undecided` where it reaches further, is of few trials or is not known. `failed`
 * could not decode every trial: its mean leaves the hard ones out, so it is compared with nobody.
 */
type Place = 'best' | 'tie' | 'undecided' | 'behind' | 'failed';

/** Why a scheme is undecided: the first of these that holds. */
const doubts = {
  unknown: 'no difference over the same trials is known',
  'few trials': `fewer than the ${fewestCarriers} trials that tell schemes apart`,
  'few carriers': `a few huge trials, fewer than ${fewestCarriers}, carry its mean or the smallest one, and more trials may change that much`,
  wide: 'many trials carry both means, but the interval reaches too far; more trials narrow it',
} as const;
type Doubt = keyof typeof doubts;

/** How far the interval of a tie may reach, as a share of the best's mean: a wild scheme is not told apart either, and is no tie. */
const tieShare = 0.1;

/** A difference that is rounding, as a share of the track's median: copies lose nothing, regression on them hardly that. */
const roundingShare = 1e-9;

/** What the marks of a board mean. */
export const boardLegend = [
  'Bold: the smallest mean. The others by the 95 % interval of their difference from it over the same trials: `=` (tie) holds 0 and stays',
  `within ±${tieShare * 100} % of the smallest mean, \`?\` (undecided) holds 0 and reaches further, no mark is larger. The order of rows counts the`,
  `smallest and the ties alone. Rounding is a tie; fewer than ${fewestCarriers} trials tell nobody apart.`,
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
    for (const [scheme, standing] of standingsOf(folder)) {
      const standings = schemes.get(scheme) ?? new Map<string, Standing>();
      schemes.set(scheme, standings.set(track, standing));
    }
  }
  const rows = [...schemes].map(([scheme, standings]) => ({ scheme, standings }));
  const wins = ({ standings }: Row) =>
    [...standings.values()].filter(({ place }) => place === 'best' || place === 'tie').length;
  return rows.sort((a, b) => wins(b) - wins(a) || (a.scheme < b.scheme ? -1 : 1));
}

/** The schemes of a track. Only those that decoded every trial are compared: their means are over the same trials. */
function standingsOf(folder: string): [scheme: string, Standing][] {
  const rows = readSummary(folder);
  const undecodedIn = undecodedTrials(folder, rows);
  const cells = rows.flatMap(({ key: { scheme }, trials, metrics }) => {
    const found = metrics.get(metric);
    const undecoded = undecodedIn(scheme, trials);
    // one that gives classes alone has no error
    if (!Number.isFinite(found?.mean) && trials > 0) return [];
    const { mean, sem } = found ?? notMeasured;
    return [{ scheme, mean, sem, undecoded, trials: trials + undecoded }];
  });
  const whole = cells.filter(({ undecoded }) => undecoded === 0);
  const best = whole.reduce((least, cell) => (cell.mean < least.mean ? cell : least), whole[0]!);
  // the median, as a scheme of one's own may be wild
  const rounding = roundingShare * median(whole.map(({ mean }) => mean));
  const differences = readPaired(folder).filter((row) => row.metric === metric);
  const bestCarriedBy = best && fewCarriers(best);
  return cells.map((cell) => {
    const { scheme, mean, sem, undecoded, trials } = cell;
    if (undecoded > 0) return [scheme, { mean, sem, place: 'failed', undecoded, trials }];
    const carriedBy = fewCarriers(cell);
    const own = { mean, sem, ...(carriedBy !== undefined && { carriedBy }) };
    if (scheme === best.scheme) return [scheme, { ...own, place: 'best' }];
    const difference = fromBest(differences, scheme, best.scheme);
    const place = placeOf(difference, best.mean, rounding);
    if (place !== 'undecided') return [scheme, { ...own, place }];
    const isCarried = carriedBy === undefined && bestCarriedBy === undefined;
    const doubt = doubtOf(difference, isCarried);
    return [scheme, { ...own, place, doubt, ...(bestCarriedBy !== undefined && { bestCarriedBy }) }];
  });
}

/** About how many trials carry a mean, as `effectiveNumber` of them, from mean and standard error; undefined where enough do. */
function fewCarriers({ mean, sem, trials: n }: { mean: number; sem: number; trials: number }): number | undefined {
  const found = (n * mean ** 2) / ((n - 1) * sem ** 2 + mean ** 2);
  // cut, not rounded: fewer than 8 is no 8. A single one may come out below 1 by rounding
  return found < fewestCarriers ? Math.max(1, Math.floor(found)) : undefined;
}

/** How many trials a scheme with so many decoded ones could not decode. A reference has no list of failures. */
function undecodedTrials(folder: string, rows: readonly SummaryRow[]): (scheme: string, decoded: number) => number {
  const most = Math.max(...rows.map(({ trials }) => trials));
  const failures = hasFile(folder, files.failures) ? readFailures(folder) : [];
  return (scheme, decoded) => Math.max(most - decoded, failures.filter(({ key }) => key.scheme === scheme).length);
}

/** A scheme's mean minus the best's; none where `paired.csv` has no such pair. */
function fromBest(rows: readonly PairedRow[], scheme: string, best: string): Difference | undefined {
  for (const { a, b, low, high, trials } of rows) {
    if (a.scheme === scheme && b.scheme === best) return { low, high, trials };
    if (a.scheme === best && b.scheme === scheme) return { low: -high, high: -low, trials };
  }
  return undefined;
}

function placeOf(difference: Difference | undefined, best: number, rounding: number): Place {
  if (!difference) return 'undecided';
  const { low, high, trials } = difference;
  if (low >= -rounding && high <= rounding) return 'tie';
  if (trials < fewestCarriers) return 'undecided';
  if (low > 0) return 'behind';
  const margin = tieShare * best;
  return high >= 0 && low >= -margin && high <= margin ? 'tie' : 'undecided';
}

/** What is behind an undecided place. @param isCarried whether enough trials carry either mean */
function doubtOf(difference: Difference | undefined, isCarried: boolean): Doubt {
  if (!difference) return 'unknown';
  if (difference.trials < fewestCarriers) return 'few trials';
  return isCarried ? 'wide' : 'few carriers';
}

const marks: Readonly<Record<Place, string>> = { best: '', tie: ' =', undecided: ' ?', behind: '', failed: ' !' };

/** The board as Markdown; `boardLegend` says what its marks mean. */
export function leaderboardMarkdown(rows: readonly Row[], names: readonly string[]): string {
  const shown = ({ mean, place }: Standing) => {
    const text = Number.isNaN(mean) ? '' : String(Number(mean.toPrecision(3)));
    return place === 'best' ? `**${text}**` : `${text}${marks[place]}`.trim();
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

/**
 * What has to be said under a board, a line each: why places are undecided, where few trials carry a mean, who could not decode
 * every trial, and where.
 */
export function boardNotes(rows: readonly Row[]): string[] {
  return [...doubtNotes(rows), ...bestNotes(rows), ...carrierNotes(rows), ...failureNotes(rows)];
}

const aboutTrials = (count: number) => `about ${counted(count, 'trial')}`;

function doubtNotes(rows: readonly Row[]): string[] {
  return (Object.keys(doubts) as Doubt[]).flatMap((doubt) => {
    const where = placesWhere(rows, (standing) => {
      if (standing.doubt !== doubt) return undefined;
      if (doubt !== 'few carriers') return '';
      const { carriedBy: own, bestCarriedBy: least } = standing;
      const sides = [own && aboutTrials(own), least && `the smallest: about ${least}`];
      return ` (${sides.filter(Boolean).join(', ')})`;
    });
    return where.length === 0 ? [] : [`\`?\`: ${doubts[doubt]}: ${where.join('; ')}.`];
  });
}

/** The schemes with the tracks where something is to be said of them: `BACC in late (about 5 trials), few`. */
function placesWhere(rows: readonly Row[], said: (standing: Standing) => string | undefined): string[] {
  return rows.flatMap(({ scheme, standings }) => {
    const parts = [...standings].flatMap(([track, standing]) => {
      const text = said(standing);
      return text === undefined ? [] : [`${track}${text}`];
    });
    return parts.length === 0 ? [] : [`${scheme} in ${parts.join(', ')}`];
  });
}

/** A best whose mean a few trials carry is best on those. */
function bestNotes(rows: readonly Row[]): string[] {
  const where = placesWhere(rows, ({ place, carriedBy }) =>
    place === 'best' && carriedBy !== undefined ? ` (${aboutTrials(carriedBy)})` : undefined,
  );
  return where.length === 0
    ? []
    : [
        `Bold, but fewer than ${fewestCarriers} trials carry that mean, and on other trials another may lead: ${where.join('; ')}.`,
      ];
}

function carrierNotes(rows: readonly Row[]): string[] {
  const carried = rows.flatMap(({ standings }) =>
    [...standings].flatMap(([track, { carriedBy }]) => (carriedBy === undefined ? [] : [track])),
  );
  const order = rows.flatMap(({ standings }) => [...standings.keys()]);
  const where = [...new Set(order)].filter((track) => carried.includes(track));
  if (where.length === 0) return [];
  return [
    `Marks trust the t interval, which covers less than it says where fewer than ${fewestCarriers} trials carry a mean (in ${where.join(', ')}): there another seed says more than a mark.`,
  ];
}

function failureNotes(rows: readonly Row[]): string[] {
  return rows.flatMap(({ scheme, standings }) => {
    const failed = [...standings].flatMap(([track, { undecoded, trials }]) =>
      undecoded === undefined ? [] : [`${undecoded} of ${trials} trials of ${track}`],
    );
    if (failed.length === 0) return [];
    return [
      `\`!\`: ${scheme} could not decode ${failed.join(', ')}; a mean over the others is compared with nobody, and is no best and no tie.`,
    ];
  });
}

/** The board as CSV, a line a scheme and track. */
export function leaderboardCsv(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ scheme, standings }) =>
    [...standings].map(([track, { mean, sem, place, doubt = '', undecoded }]) => [
      scheme,
      track,
      cellText(mean),
      cellText(sem),
      place,
      doubt,
      String(undecoded ?? 0),
    ]),
  );
  const header = ['scheme', 'track', 'mse_mean', 'mse_sem', 'place', 'doubt', 'undecoded'];
  return `${[header, ...lines].map(csvLine).join('\n')}\n`;
}
