import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { configOf } from './config-of.js';
import { table } from './markdown.js';

const references = new URL('../../results/reference/', import.meta.url);

/** The rows of a CSV file of a committed reference; undefined where it has none of that name. */
function rowsOf(name, csv) {
  const file = fileURLToPath(new URL(`${name}/${csv}`, references));
  if (!existsSync(file)) return undefined;
  return /** @type {Record<string, string>[]} */ (parse(readFileSync(file, 'utf8'), { columns: true }));
}

/** `K=8,S=1|2` keeps the rows with these values; `scheme=!BACC` those without. */
function filterOf(where = '') {
  const conditions = where
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const at = part.indexOf('=');
      const values = part.slice(at + 1);
      const not = values.startsWith('!');
      return { key: part.slice(0, at), not, values: values.slice(not ? 1 : 0).split('|') };
    });
  return (row) => conditions.every(({ key, not, values }) => values.includes(row[key]) !== not);
}

/** The command that makes a reference: of the config of that name, or of another seed of one. */
function commandOf(name) {
  const { config } = JSON.parse(readFileSync(fileURLToPath(new URL(`${name}/manifest.json`, references)), 'utf8'));
  const seed = config.name === name ? '' : ` --seed ${config.seed}`;
  return `approxifer run ${configOf(config.name).replace(/\.yaml$/, '')}${seed}`;
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;
const threeDigits = (value) => {
  if (value === 0) return '0';
  if (value < 1e-3 || value >= 1e5) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
};

/** How a metric is printed: shares to a thousandth, errors with three digits. */
function formatOf(metric) {
  if (metric.endsWith('_s') || metric.startsWith('mse') || metric === 'loss') return threeDigits;
  return metric === 'unavailable' ? percent : (value) => value.toFixed(3);
}

function cellText(row, metric) {
  const mean = row?.[`${metric}_mean`] ?? '';
  if (mean === '') return '–';
  const format = formatOf(metric);
  const error = Number(row[`${metric}_sem`]);
  return error > 0 ? `${format(Number(mean))} ± ${format(error)}` : format(Number(mean));
}

/** The paired 95 % interval of a ratio in `ratios.csv`: in brackets, or nothing where there is none. */
function intervalText(ratios, row, over, metric) {
  const same = ['scheme', 'K', 'N', 'S', 'E', 'lambda_enc', 'lambda_dec', 'output', 'stragglers', 'attack'];
  const found = ratios.filter(
    (ratio) => ratio.metric === metric && ratio.to_scheme === over && same.every((key) => ratio[key] === row[key]),
  );
  if (found.length !== 1 || !found[0].ci_low) return '';
  return ` [${threeDigits(Number(found[0].ci_low))}, ${threeDigits(Number(found[0].ci_high))}]`;
}

/**
 * A table of a committed reference: schemes down, values of one or more key columns across.
 * @param {object} options
 * @param {string} options.from name of the reference
 * @param {string} options.metric, or several separated by commas: then each stands in a column of its own
 * @param {string} options.across key columns, separated by commas
 * @param {string} [options.where] which rows: `K=8,S=1|2`
 * @param {string} [options.over] a scheme: the mean of the metric is divided by that scheme's (ratio of means)
 */
export function referenceTable({ from, metric, across, where, over }) {
  const all = rowsOf(from, 'summary.csv');
  if (!all) throw new Error(`no committed reference ${from}`);
  const rows = all.filter(filterOf(where));
  const ratios = (over && rowsOf(from, 'ratios.csv')) || [];
  if (rows.length === 0) throw new Error(`no row of ${from} has ${where}`);
  const keys = across.split(',');
  const metrics = metric.split(',');
  const value = (key, text) =>
    key === 'attack' ? text || 'no attack' : keys.length === 1 && /^\D/.test(text) ? text : `${key} = ${text}`;
  const heading = (row) => keys.map((key) => value(key, row[key])).join(', ');
  const columns = [...new Set(rows.map(heading))];
  const schemes = [...new Set(rows.map(({ scheme }) => scheme))];
  const at = (scheme, column) => {
    const found = rows.filter((row) => row.scheme === scheme && heading(row) === column);
    if (found.length > 1)
      throw new Error(`${found.length} rows of ${from} have ${scheme}, ${column}; narrow them by where=`);
    return found[0];
  };
  const cell = (scheme, column, name) => {
    const row = at(scheme, column);
    if (!over) return cellText(row, name);
    const [mine, its] = [row, at(over, column)].map((each) => Number(each?.[`${name}_mean`] ?? Number.NaN));
    if (Number.isNaN(mine / its)) return '–';
    return scheme === over
      ? `1 (${threeDigits(its)})`
      : `${threeDigits(mine / its)}${intervalText(ratios, row, over, name)}`;
  };
  const header = [
    'scheme',
    ...columns.flatMap((column) => metrics.map((name) => (metrics.length > 1 ? `${column}: ${name}` : column))),
  ];
  const body = schemes
    .map((scheme) => [scheme, ...columns.flatMap((column) => metrics.map((name) => cell(scheme, column, name)))])
    .filter(([, ...cells]) => cells.some((text) => text !== '–'));
  const { trials } = rows[0];
  const source = `${trials} trials of \`${commandOf(from)}\`, in \`results/reference/${from}\``;
  const made = table(header, body);
  const interval = made.includes('[') ? ' [paired 95 % interval, where one can be told]' : '';
  const what = over
    ? `${metrics.join(', ')} over that of ${over} (ratio of means)${interval}`
    : `${metrics.join(', ')}${made.includes(' ± ') ? ' ± standard error' : ''}`;
  return `${made}\n\n*${what}. ${source}.*`;
}
