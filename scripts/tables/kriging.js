// The table of docs/findings/kriging.md that sets kriging's mixtures against copies under the same decoder.
import { table } from '../docs/markdown.js';
import { interval, ratioText, rowsOf } from './reference.js';

function againstCopies() {
  const pairs = [
    ['Replication-kriging', 'Replication'],
    ['Kriging', 'Replication-kriging'],
  ];
  const rows = (rowsOf('frontier-kriging-against-copies', 'ratios.csv') ?? []).filter(({ metric }) => metric === 'mse');
  const place = (/** @type {Record<string, string>} */ { output, N, K, S }) => `${output} | (${N}, ${K}, ${S})`;
  const lines = [...new Set(rows.map(place))].map((own) => [
    ...own.split(' | '),
    ...pairs.map(([above, below]) => {
      const row = rows.find((one) => place(one) === own && one.scheme === above && one.to_scheme === below);
      if (!row) return '';
      return Number.isNaN(interval(row).low) ? 'too few to tell' : ratioText(interval(row));
    }),
  ]);
  return table(['output', '(N, K, S)', ...pairs.map(([a, b]) => `${a} / ${b}`)], lines);
}

export const krigingTables = { 'kriging-against-copies': againstCopies };
