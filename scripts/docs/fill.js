// Fills what is made by machine into the pages of docs/ and README.md: between `<!-- made: NAME key=value … -->` and
// `<!-- /made -->`. With --check nothing is written, and a page that is stale is named with exit code 1. Needs `npm run build`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { byzantineTables } from '../tables/byzantine.js';
import { coverageTables } from '../tables/coverage.js';
import { nerccTables } from '../tables/nercc.js';
import { servingTables } from '../tables/serving.js';
import { theoryTables } from '../tables/theory.js';
import { commandLine } from './command-line.js';
import { configKeys, schemeOptions, sharedOptions, trainingSchemes } from './config-keys.js';
import { leaderboardTable } from './leaderboard.js';
import { libraryExports } from './library.js';
import { datasetTable, list, metricTable, modelTable } from './lists.js';
import { pageList } from './page-list.js';
import { referenceTable } from './reference-table.js';

/** What a page can ask for: each takes the `key=value` of its marker and gives Markdown. */
const makers = {
  'command-line': commandLine,
  'config-keys': configKeys,
  'dataset-table': datasetTable,
  leaderboard: leaderboardTable,
  'library-exports': libraryExports,
  list,
  'metric-table': metricTable,
  'model-table': modelTable,
  pages: pageList,
  'reference-table': referenceTable,
  'scheme-options': schemeOptions,
  'shared-options': sharedOptions,
  'training-schemes': trainingSchemes,
  ...byzantineTables,
  ...coverageTables,
  ...nerccTables,
  ...servingTables,
  ...theoryTables,
};

const root = new URL('../../', import.meta.url);
const marker = /<!-- made: ([\w-]+)(.*?) -->\n[\s\S]*?<!-- \/made -->/g;

/** `key=value` of a marker; a value with blanks stands in double quotes. */
function optionsOf(text) {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key, quoted, bare]) => [key, quoted ?? bare]),
  );
}

async function filled(text) {
  let result = text;
  for (const [whole, name, options] of text.matchAll(marker)) {
    const maker = makers[name];
    if (!maker) throw new Error(`unknown maker ${name}; known: ${Object.keys(makers).join(', ')}`);
    const made = await maker(optionsOf(options));
    result = result.replace(whole, () => `<!-- made: ${name}${options} -->\n\n${made.trim()}\n\n<!-- /made -->`);
  }
  return result;
}

const pages = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md') && !file.includes('.vitepress'))
  .map((file) => `docs/${file.replaceAll('\\', '/')}`);
const check = process.argv.includes('--check');
const stale = [];
for (const page of ['README.md', ...pages.sort()]) {
  const file = fileURLToPath(new URL(page, root));
  const text = readFileSync(file, 'utf8');
  const made = await filled(text).catch((error) => {
    throw new Error(`${page}: ${error.message}`);
  });
  if (made === text) continue;
  stale.push(page);
  if (!check) writeFileSync(file, made);
}
for (const page of stale) console.log(`${check ? 'stale' : 'written'}: ${page}`);
if (check && stale.length > 0) {
  console.log('run "npm run docs:fill" and commit the pages');
  process.exitCode = 1;
}
