import type { MetricName } from '../metrics/table.ts';
import { readPaired, readSummary } from '../results/read.ts';
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

/** A scheme in a track. */
interface Standing {
  readonly mean: number;
  readonly sem: number;
  /** `tie`: over the same trials its 95 % interval of the difference from the best holds 0. */
  readonly place: 'best' | 'tie' | 'behind';
}

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
      const pair = differences.find(({ a, b }) => pairIs(a.scheme, b.scheme, scheme, best.scheme));
      const tied = pair !== undefined && pair.low <= 0 && pair.high >= 0;
      const place = scheme === best.scheme ? 'best' : tied ? 'tie' : 'behind';
      const standings = schemes.get(scheme) ?? new Map<string, Standing>();
      schemes.set(scheme, standings.set(track, { mean, sem, place }));
    }
  }
  const rows = [...schemes].map(([scheme, standings]) => ({ scheme, standings }));
  const wins = ({ standings }: Row) => [...standings.values()].filter(({ place }) => place !== 'behind').length;
  return rows.sort((a, b) => wins(b) - wins(a) || (a.scheme < b.scheme ? -1 : 1));
}

function pairIs(a: string, b: string, one: string, other: string): boolean {
  return (a === one && b === other) || (a === other && b === one);
}

/** The board as Markdown: best in bold, ties with `=`. */
export function leaderboardMarkdown(rows: readonly Row[], names: readonly string[]): string {
  const shown = ({ mean, place }: Standing) => {
    const text = String(Number(mean.toPrecision(3)));
    return place === 'best' ? `**${text}**` : place === 'tie' ? `${text} =` : text;
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
