// Finds the numbers of the prose of docs/findings in results that are committed, and fails on one that it does not find.
// node scripts/check-numbers.js           all findings, README.md and docs/start
// node scripts/check-numbers.js FILE …    these pages
// Looked for are numbers with a decimal point and intervals [a, b], outside code and outside what is made from references anyway.
// A number has to be, at the digits that are printed, a value of a reference that the page names (of the quickstart's on every page), of
// a table that is made on the page, of results/published.json, or to stand in a file that the page names in `<!-- sources: FILE … -->`;
// a share may be printed in percent and a time in milliseconds. Whole numbers are not looked for: too many are settings.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const root = fileURLToPath(new URL('..', import.meta.url));
const references = path.join(root, 'results', 'reference');

/** @typedef {{ readonly values: readonly number[], readonly intervals: readonly (readonly [number, number])[] }} Found */

/** @returns {Record<string, string>[]} the rows of a file of a reference; none where it has no such file */
function rowsOf(/** @type {string} */ name, /** @type {string} */ file) {
  const plain = path.join(references, name, file);
  if (existsSync(plain)) return parse(readFileSync(plain), { columns: true });
  return existsSync(`${plain}.gz`) ? parse(gunzipSync(readFileSync(`${plain}.gz`)), { columns: true }) : [];
}

/** Columns that are results, by file. */
const resultColumns = {
  'summary.csv': (/** @type {string} */ column) => /_(mean|std|sem)$/.test(column),
  'ratios.csv': (/** @type {string} */ column) => ['mean', 'to_mean', 'ratio', 'ci_low', 'ci_high'].includes(column),
  'paired.csv': (/** @type {string} */ column) => ['diff_mean', 'ci_low', 'ci_high'].includes(column),
  'optimum.csv': (/** @type {string} */ column) => /^(mean|lambda_.*|gain_.*|flat_share)$/.test(column),
};
const bounds = [
  ['ci_low', 'ci_high'],
  ['gain_low', 'gain_high'],
];

/** @type {Map<string, Found>} */
const known = new Map();

/** @returns {Found} what a reference holds */
function ofReference(/** @type {string} */ name) {
  const before = known.get(name);
  if (before) return before;
  /** @type {number[]} */
  const values = [];
  /** @type {[number, number][]} */
  const intervals = [];
  for (const [file, isResult] of Object.entries(resultColumns)) {
    for (const row of rowsOf(name, file)) {
      for (const [column, text] of Object.entries(row)) if (text !== '' && isResult(column)) values.push(Number(text));
      for (const [low = '', high = ''] of bounds)
        if (row[low] && row[high]) intervals.push([Number(row[low]), Number(row[high])]);
    }
  }
  const found = { values, intervals };
  known.set(name, found);
  return found;
}

const numbersOf = (/** @type {string} */ text) => (text.match(/\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);
const published = numbersOf(readFileSync(path.join(root, 'results', 'published.json'), 'utf8'));
const madeBlock = /<!-- (made|table): [\s\S]*?<!-- \/\1 -->/g;

/** Whether a value is what is printed, at the digits of the text. */
const prints = (/** @type {number} */ value, /** @type {string} */ text) =>
  value.toFixed(text.split('.')[1]?.length ?? 0) === text;

const names = readdirSync(references);

/** The numbers of a page that are found nowhere, as they are printed. */
function unfound(/** @type {string} */ page) {
  const named = names.filter(
    (name) => name === 'quickstart' || new RegExp(`(reference/|from=|\`)${name}(?![\\w-])`).test(page),
  );
  const sources = [...page.matchAll(/<!-- sources: (.*?) -->/g)].flatMap(([, list = '']) => list.split(' '));
  const texts = sources.map((file) => readFileSync(path.join(root, file), 'utf8'));
  const found = named.map(ofReference);
  const made = page.match(madeBlock)?.join(' ') ?? '';
  const values = [...found.flatMap((one) => [...one.values]), ...numbersOf(made), ...published];
  const intervals = found.flatMap((one) => [...one.intervals]);
  const within = (/** @type {string} */ text) => texts.some((own) => own.split(/[^\d.]+/).includes(text));
  const prose = page
    .replace(madeBlock, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\]\([^)\s]*\)/g, ']')
    .replace(/arXiv \d+\.\d+/g, '')
    .replaceAll('−', '-');
  /** @type {string[]} */
  const lost = [];
  const rest = prose.replace(/\[(-?\d+(?:\.\d+)?), (-?\d+(?:\.\d+)?)\]/g, (text, low, high) => {
    const same = (/** @type {readonly [number, number]} */ [a, b]) =>
      (prints(a, low) && prints(b, high)) || (prints(-b, low) && prints(-a, high));
    if (!intervals.some(same)) lost.push(text);
    return '';
  });
  for (const [text] of rest.matchAll(/(?<![\w.])\d+\.\d+(?![\w.]*\d)/g))
    if (!values.some((v) => [v, -v, 100 * v, 1000 * v].some((scaled) => prints(scaled, text))) && !within(text))
      lost.push(text);
  return lost;
}

const given = process.argv.slice(2);
const inFolder = (/** @type {string} */ folder) =>
  readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(root, folder, file));
const pages =
  given.length > 0 ? given : [path.join(root, 'README.md'), ...inFolder('docs/start'), ...inFolder('docs/findings')];
let lost = 0;
for (const file of pages)
  for (const text of unfound(readFileSync(file, 'utf8'))) {
    lost++;
    console.log(
      `${path.relative(root, file)}: ${text} is in no reference that the page names; see the head of scripts/check-numbers.js`,
    );
  }
console.log(`${pages.length} pages, ${lost} numbers not found`);
if (lost > 0) process.exitCode = 1;
