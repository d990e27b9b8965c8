import { fileURLToPath } from 'node:url';
import { readConfig } from '../../dist/config/load.js';
import {
  boardLegend,
  boardNotes,
  leaderboard,
  leaderboardMarkdown,
  suiteVersion,
  tracks,
} from '../../dist/tables/leaderboard.js';
import { table } from './markdown.js';

/** The board of the references whose names end so. */
function board(/** @type {string} */ ending) {
  const reference = (/** @type {string} */ name) =>
    new URL(`../../results/reference/bench-${name}${ending}`, import.meta.url);
  const folders = new Map(tracks.map(({ name }) => [name, fileURLToPath(reference(name))]));
  const rows = leaderboard(folders);
  const names = tracks.map(({ name }) => name);
  return [leaderboardMarkdown(rows, names), ...boardNotes(rows)].join('\n\n');
}

/** The boards of the committed references of the bench suite, and where each column comes from. */
export function leaderboardTable() {
  const sources = table(
    ['track', 'what', 'K', 'N', 'command', 'every number'],
    tracks.map(({ name, summary }) => {
      const { K, N } = readConfig(`bench/${name}`).data;
      return [
        name,
        summary,
        String(K),
        String(N),
        `\`approxifer run bench/${name}\``,
        `\`results/reference/bench-${name}/summary.csv\``,
      ];
    }),
  );
  const caption = (/** @type {number} */ seed) =>
    `*Version ${suiteVersion} of the suite, seed ${seed}: MSE over 200 trials.*`;
  return [
    boardLegend,
    board(''),
    caption(1),
    'The same with seed 2: `approxifer run bench/late --seed 2` and so on, `results/reference/bench-*-seed2`.',
    board('-seed2'),
    caption(2),
    sources,
  ].join('\n\n');
}
