// The tables of docs/findings/convergence.md: slopes of the references theory-*, as `approxifer slopes --csv` wrote them beside each.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { table } from '../docs/markdown.js';

/** @returns {Record<string, string>[]} */
function slopesOf(/** @type {string} */ reference, /** @type {string} */ name) {
  const file = fileURLToPath(new URL(`../../results/reference/${reference}/${name}`, import.meta.url));
  return existsSync(file) ? parse(readFileSync(file), { columns: true }) : [];
}

/**
 * A row a scheme and condition, both seeds side by side.
 * @param {string[]} names
 * @param {string} [csv]
 * @param {string} [without] schemes with this in their label are left out
 */
function slopesTable(names, csv = 'slopes.csv', without = undefined) {
  const header = ['run', 'scheme', 'late', 'lies', 'seed 1: slope [95 %]', 'seed 2: slope [95 %]', 'bound', 'verdict'];
  const rows = names.flatMap((name) => {
    const [first, second] = [slopesOf(name, csv), slopesOf(`${name}-seed2`, csv)];
    return first.flatMap((row, i) => {
      if (without && row.scheme.includes(without)) return [];
      const other = second[i];
      const verdicts = new Set([row.verdict, other?.verdict]);
      return [
        [
          `\`${name.replace('theory-', 'theory/')}\``,
          row.scheme,
          row.stragglers,
          row.attack || '–',
          slopeText(row),
          other ? slopeText(other) : '–',
          row.bound ?? '–',
          [...verdicts].filter(Boolean).join(' / '),
        ],
      ];
    });
  });
  return table(header, rows);
}

function slopeText(/** @type {Record<string, string>} */ { slope, low, high, N, points }) {
  if (points === '0') return 'no error';
  if (slope === '') return `error at ${points === '1' ? `N = ${N.split('-')[0]} only` : `${points} N`}`;
  return withInterval(slope, low, high);
}

/** Where too few trials carry a mean, nobody knows the interval. */
function withInterval(/** @type {string} */ number, /** @type {string} */ low, /** @type {string} */ high) {
  return low === '' ? `${number} [–]` : `${number} [${low}, ${high}]`;
}

/** Berrut's powers of log N beside N^-3, as `approxifer slopes --power -3 --csv` wrote them; splines fall faster than any of these laws. */
function logPowersTable(/** @type {string} */ name) {
  const [first, second] = [slopesOf(name, 'log-powers.csv'), slopesOf(`${name}-seed2`, 'log-powers.csv')];
  const text = (/** @type {Record<string, string>} */ { log_power, low, high }) => withInterval(log_power, low, high);
  const rows = first.flatMap((row, i) =>
    row.scheme === 'BACC' ? [[row.scheme, row.stragglers, text(row), text(second[i])]] : [],
  );
  return table(['scheme', 'late', 'seed 1: power of log N [95 %]', 'seed 2'], rows);
}

/** How often the slopes of two seeds differ by more than their intervals allow, over the rows with an interval in both. */
function seedsSentence(/** @type {string[]} */ names) {
  const pairs = names.flatMap((name) => {
    const second = slopesOf(`${name}-seed2`, 'slopes.csv');
    return slopesOf(name, 'slopes.csv').flatMap((row, i) => (row.low && second[i]?.low ? [[row, second[i]]] : []));
  });
  const half = (/** @type {Record<string, string>} */ { low, high }) => (Number(high) - Number(low)) / 2;
  const apart = pairs.filter(([a, b]) => Math.abs(Number(a.slope) - Number(b.slope)) > Math.hypot(half(a), half(b)));
  return [
    `The slopes of the two seeds differ by more than their intervals allow (the root of the sum of the squares of their half widths) in ${apart.length}`,
    `of the ${pairs.length} rows below that have both intervals.`,
  ].join(' ');
}

const stragglers = ['theory-stragglers', 'theory-stragglers-mlp', 'theory-stragglers-lenet5'];
const adversarial = ['theory-adversarial-a03', 'theory-greedy-a03', 'theory-adversarial-a06', 'theory-greedy-a06'];
const regressions = ['noise', 'a03', 'a03-copies', 'a06', 'a06-copies'].map((run) => `theory-regression-${run}`);

export const theoryTables = {
  'theory-seeds': () => seedsSentence([...stragglers, 'theory-bernoulli', ...adversarial]),
  'theory-stragglers': () => slopesTable(stragglers),
  'theory-bernoulli': () => slopesTable(['theory-bernoulli']),
  'theory-log-powers': () => logPowersTable('theory-bernoulli'),
  'theory-adversarial': () => slopesTable(adversarial),
  'theory-regression-mse': () => slopesTable(regressions, 'slopes.csv', '-sup'),
  'theory-regression-largest': () => slopesTable(regressions, 'slopes-largest_error.csv', '-l2'),
};
