// The tables of docs/findings/serving.md, from the references of kind: serving.
import { table } from '../docs/markdown.js';
import { rowsOf } from './reference.js';

/** @typedef {import('./reference.js').Row} Row */

const header = ['scheme', 'answers', 'p50 ms', 'p95 ms', 'p99 ms', 'p99.9 ms', 'accuracy %', 'worker-ms a request'];

/** A part of the `options` column, such as `rate=20`. */
const option = (/** @type {Row} */ row, /** @type {string} */ key) =>
  row.options
    ?.split(';')
    .find((part) => part.startsWith(`${key}=`))
    ?.slice(key.length + 1);

function milliseconds(/** @type {string | undefined} */ seconds) {
  const value = 1000 * Number(seconds);
  return seconds === undefined || seconds === '' ? '–' : value.toFixed(value < 100 ? 1 : 0);
}

/** A row a scheme: its latency, accuracy and work at a load; `!` where the queue kept growing. */
function atLoad(/** @type {string} */ reference, /** @type {number} */ rate) {
  const rows = (rowsOf(reference, 'summary.csv') ?? []).filter((row) => option(row, 'rate') === String(rate));
  const label = (/** @type {Row} */ row) => `${row.scheme}${Number(row.unstable_mean) > 0 ? ' !' : ''}`;
  return table(
    header,
    rows.map((row) => [
      label(row),
      option(row, 'need') ?? 'as the code needs',
      ...['p50_s_mean', 'p95_s_mean', 'p99_s_mean', 'p999_s_mean'].map((column) => milliseconds(row[column])),
      (100 * Number(row.accuracy_mean)).toFixed(1),
      milliseconds(row.worker_s_mean),
    ]),
  );
}

/** Rows of a sweep of N that say what redundancy costs and buys: hedging, copies and kriging. */
function byWorkers(/** @type {string} */ reference) {
  const wanted = ['Hedged', 'Replication', 'Kriging'];
  const rows = (rowsOf(reference, 'summary.csv') ?? []).filter(({ scheme }) => wanted.includes(scheme ?? ''));
  return table(
    ['N', 'scheme', 'answers', 'p50 ms', 'p99 ms', 'accuracy %', 'worker-ms a request'],
    rows.map((row) => [
      row.N ?? '',
      row.scheme ?? '',
      option(row, 'need') ?? 'as the code needs',
      ...['p50_s_mean', 'p99_s_mean'].map((column) => milliseconds(row[column])),
      (100 * Number(row.accuracy_mean)).toFixed(1),
      milliseconds(row.worker_s_mean),
    ]),
  );
}

export const servingTables = {
  'serving-pareto-20': () => atLoad('serving-pareto', 20),
  'serving-pareto-40': () => atLoad('serving-pareto', 40),
  'serving-parm-270': () => atLoad('serving-parm', 270),
  'serving-workers': () => byWorkers('serving-workers'),
  'serving-single-200': () => atLoad('serving-single', 200),
};
