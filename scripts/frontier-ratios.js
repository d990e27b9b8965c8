// Tables of docs/findings/replication.md and kriging.md from the trials of a run: MSE as a ratio to a baseline, with the standard error of the paired
// ratio (delta method), and RelAcc.
// node scripts/frontier-ratios.js results/runs/frontier-lenet5 [NeRCC-oracle]
// On a run against NeRCC-oracle in the six settings of the earlier study it also prints how far the ratios are from the study's,
// in combined standard errors. The study's own errors are known as ranges only; the middle of each is taken.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

const [folder, baseline = 'NeRCC-oracle'] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/frontier-ratios.js <run folder> [baseline scheme]');
/** @type {Record<string, string>[]} */
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

const studied = '(100,20,40) (100,20,60) (60,20,20) (60,10,20) (20,8,3) (12,8,1)';
const study = {
  'lenet5-mnist': {
    BACC: [1.99, 1.25, 1.26, 2.82, 1.62, 0.95],
    'NeRCC0-path': [0.45, 0.47, 0.44, 0.61, 0.65, 0.65],
    'NeRCC0-kriging': [0.65, 0.5, 0.56, 0.66, 0.74, 0.68],
    'Replication-kriging': [0.29, 0.38, 0.29, 0.25, 0.39, 0.37],
    Kriging: [0.21, 0.3, 0.235, 0.11, 0.27, 0.24],
  },
  'resnet20-cifar10': {
    BACC: [1.39, 1.12, 1.27, 1.53, 1.46, 1.11],
    'NeRCC0-path': [0.93, 1.04, 0.99, 0.87, 0.96, 1.01],
    'NeRCC0-kriging': [0.83, 0.66, 0.79, 0.85, 0.82, 0.85],
    Replication: [0.21, 0.48, 0.34, 0.02, 0.12, 0.39],
    'Replication-kriging': [0.13, 0.3, 0.2, 0.02, 0.14, 0.27],
    Kriging: [0.15, 0.32, 0.22, 0.03, 0.15, 0.3],
  },
}[rows[0].model];

/** Relative standard error of a ratio of the study. */
function studyError(scheme, setting) {
  if (scheme === 'BACC' || scheme === 'NeRCC0-kriging') return 0.025;
  if (scheme === 'NeRCC0-path') return 0.04;
  return setting === '(60,10,20)' ? 0.45 : 0.085;
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

if (study && baseline === 'NeRCC-oracle' && settings.join(' ') === studied) {
  print(`Distance from the study in combined standard errors, ${conditions[0]} stragglers`, (setting, scheme) => {
    const theirs = study[scheme]?.[settings.indexOf(setting)];
    if (theirs === undefined) return '';
    const mse = (name) => numbers(cell(conditions[0], setting, name), 'mse');
    const [value, error] = ratio(mse(scheme), mse(baseline));
    return ((value - theirs) / Math.hypot(error, studyError(scheme, setting) * theirs)).toFixed(1);
  });
}
