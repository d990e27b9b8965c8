import { fileURLToPath } from 'node:url';
import { leaderboard, leaderboardMarkdown, suiteVersion, tracks } from '../../dist/tables/leaderboard.js';
import { table } from './markdown.js';

/** The board of the committed references of the bench suite, and where each column comes from. */
export function leaderboardTable() {
  const folders = new Map(
    tracks.map(({ name }) => [name, fileURLToPath(new URL(`../../results/reference/bench-${name}`, import.meta.url))]),
  );
  const board = leaderboardMarkdown(
    leaderboard(folders),
    tracks.map(({ name }) => name),
  );
  const sources = table(
    ['track', 'what', 'command', 'every number'],
    tracks.map(({ name, summary }) => [
      name,
      summary,
      `\`approxifer run bench/${name}\``,
      `\`results/reference/bench-${name}/summary.csv\``,
    ]),
  );
  return `${board}\n\n*Version ${suiteVersion} of the suite: MSE over 200 trials.*\n\n${sources}`;
}
