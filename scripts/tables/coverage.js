// The table of docs/explanation/statistics.md: how often intervals of ratios cover, from results/interval-coverage.csv.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { markdownTable } from './reference.js';

/** What the product asks for: see `fewestCarriers` in src/results/ratio.ts. */
const asked = '8';

function intervalCoverage() {
  /** @type {Record<string, string>[]} */
  const rows = parse(readFileSync(new URL('../../results/interval-coverage.csv', import.meta.url)), { columns: true });
  const judged = rows.filter(({ part }) => part === 'judge');
  const total = (/** @type {Record<string, string>[]} */ some, /** @type {string} */ column) =>
    some.reduce((sum, row) => sum + Number(row[column]), 0);
  const percent = (/** @type {number} */ share) => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`);
  const line = (/** @type {string[]} */ names, /** @type {Record<string, string>[]} */ some) => {
    const [ruled, bare] = [asked, '0'].map((fewest) => some.filter((row) => row.fewest === fewest));
    const covered = (/** @type {Record<string, string>[]} */ own) =>
      percent(total(own, 'covered') / total(own, 'told'));
    const few = 1 - total(ruled, 'told') / total(ruled, 'runs');
    return [...names, String(total(ruled, 'runs')), percent(few), covered(ruled), covered(bare)];
  };
  const laws = [...new Set(judged.map(({ experiment }) => experiment))];
  const lines = laws.flatMap((law) => {
    const own = judged.filter(({ experiment }) => experiment === law);
    const sizes = [...new Set(own.map(({ trials }) => trials))];
    return sizes.map((n) =>
      line(
        [`\`${law}\``, n],
        own.filter(({ trials }) => trials === n),
      ),
    );
  });
  const header = [
    'loss law',
    'trials a run',
    'runs',
    'too few to tell',
    'covered, of those told',
    'covered without the rule',
  ];
  return markdownTable(header, [...lines, line(['all', ''], judged)]);
}

export const coverageTables = { 'interval-coverage': intervalCoverage };
