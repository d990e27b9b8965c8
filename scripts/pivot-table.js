// Tables of docs/findings/replication.md and kriging.md from a summary: schemes down, the values of one key across, a table for every other key that varies.
// node scripts/pivot-table.js results/reference/frontier-workers-lenet5 relacc N
// node scripts/pivot-table.js results/reference/frontier-byzantine locate_recall attack --sem
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

const words = process.argv.slice(2).filter((word) => word !== '--sem');
const [folder, metric, across] = words;
if (!across) throw new Error('usage: node scripts/pivot-table.js <run or reference> <metric> <key column> [--sem]');
const withError = process.argv.includes('--sem');
/** @type {Record<string, string>[]} */
const rows = parse(readFileSync(path.join(folder, 'summary.csv'), 'utf8'), { columns: true });
const conditionKeys = ['output', 'K', 'N', 'S', 'E', 'stragglers', 'attack'].filter(
  (key) => key !== across && new Set(rows.map((row) => row[key])).size > 1,
);
const groups = new Map();
for (const row of rows) {
  const name = conditionKeys.map((key) => `${key} = ${row[key]}`).join(', ');
  groups.set(name, [...(groups.get(name) ?? []), row]);
}

function text(row) {
  const mean = row?.[`${metric}_mean`] ?? '';
  if (mean === '') return '';
  const share = metric.startsWith('mse') ? undefined : 3;
  const format = (value) => (share ? Number(value).toFixed(share) : String(Number(Number(value).toPrecision(3))));
  return withError ? `${format(mean)} ± ${Number(Number(row[`${metric}_sem`]).toPrecision(1))}` : format(mean);
}

for (const [name, some] of groups) {
  const columns = [...new Set(some.map((row) => row[across]))];
  const schemes = [...new Set(some.map((row) => row.scheme))];
  if (some.every((row) => text(row) === '')) continue;
  console.log(`\n**${metric}${name && `, ${name}`}, ${some[0].trials} trials**\n`);
  console.log(`| scheme | ${columns.map((value) => `${across} = ${value}`).join(' | ')} |`);
  console.log(`|---|${'---|'.repeat(columns.length)}`);
  for (const scheme of schemes) {
    const cells = columns.map((value) => text(some.find((row) => row.scheme === scheme && row[across] === value)));
    if (cells.some((cell) => cell !== '')) console.log(`| ${scheme} | ${cells.join(' | ')} |`);
  }
}
