// Tables of docs/frontier.md from the trials of a run: MSE as a ratio to a baseline, with the standard error of the paired
// ratio (delta method), and RelAcc.
// node scripts/frontier-ratios.js results/runs/frontier-lenet5 [NeRCC-oracle]
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

const [folder, baseline = 'NeRCC-oracle'] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/frontier-ratios.js <run folder> [baseline scheme]');
const rows = parse(readFileSync(path.join(folder, 'trials.csv'), 'utf8'), { columns: true });
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const standardError = (values) => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length);
};

/** Ratio of the means of paired samples with its standard error. */
function ratio(above, below) {
  const value = mean(above) / mean(below);
  return [value, standardError(above.map((a, i) => a - value * below[i])) / mean(below)];
}

const conditions = [...new Set(rows.map((row) => row.stragglers))];
const schemes = [...new Set(rows.map((row) => row.scheme))];
const settings = [...new Set(rows.map((row) => `(${row.N},${row.K},${row.S})`))];
const keyOf = (stragglers, setting, scheme) => JSON.stringify([stragglers, setting, scheme]);
const trials = new Map();
for (const row of rows) {
  const key = keyOf(row.stragglers, `(${row.N},${row.K},${row.S})`, row.scheme);
  if (!trials.has(key)) trials.set(key, []);
  trials.get(key).push(row);
}
const cell = (stragglers, setting, scheme) => trials.get(keyOf(stragglers, setting, scheme)) ?? [];
const numbers = (some, metric) => some.map((row) => Number(row[metric]));

function print(title, entry) {
  console.log(`\n${title}\n\n| scheme | ${settings.join(' | ')} |\n|---|${'---|'.repeat(settings.length)}`);
  for (const scheme of schemes) console.log(`| ${scheme} | ${settings.map((s) => entry(s, scheme)).join(' | ')} |`);
}

for (const stragglers of conditions) {
  const first = cell(stragglers, settings[0], schemes[0]).length;
  print(`MSE / MSE of ${baseline}, ${stragglers} stragglers, ${first} trials`, (setting, scheme) => {
    const [value, error] = ratio(
      numbers(cell(stragglers, setting, scheme), 'mse'),
      numbers(cell(stragglers, setting, baseline), 'mse'),
    );
    if (scheme === baseline) return `1 (${mean(numbers(cell(stragglers, setting, scheme), 'mse')).toPrecision(3)})`;
    return `${value.toPrecision(value < 0.1 ? 2 : 3)} ± ${error.toPrecision(1)}`;
  });
  print(`RelAcc, ${stragglers} stragglers`, (setting, scheme) => {
    const defined = numbers(
      cell(stragglers, setting, scheme).filter((row) => row.relacc !== ''),
      'relacc',
    );
    return `${mean(defined).toFixed(3)} ± ${standardError(defined).toFixed(3)}`;
  });
}
