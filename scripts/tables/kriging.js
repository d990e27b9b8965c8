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

/** MSE of c: auto beside its controls, and over the better of c = 0 and c = 0.5. */
function calibrated() {
  const short = (/** @type {string} */ value) => String(Number(Number(value).toPrecision(3)));
  const lines = ['lenet5', 'resnet20', 'resnet56', 'vit-tiny'].flatMap((network) =>
    ['', '-seed2'].flatMap((ending, seed) => {
      const name = `frontier-kriging-auto-${network}${ending}`;
      const cells = rowsOf(name, 'summary.csv') ?? [];
      const ratios = (rowsOf(name, 'ratios.csv') ?? []).filter(
        ({ metric, scheme }) => metric === 'mse' && scheme === 'Kriging-auto',
      );
      const place = (/** @type {Record<string, string>} */ { N, K, S }) => `(${N}, ${K}, ${S})`;
      return [...new Set(cells.map(place))].map((own) => {
        const at = (/** @type {string} */ label) =>
          cells.find((one) => one.scheme === label && place(one) === own)?.mse_mean ?? '';
        const over = ratios.filter((row) => place(row) === own).sort((a, b) => Number(a.to_mean) - Number(b.to_mean));
        // the same points, the same error: the ratio to what was chosen is 1 exactly
        const same = over.find(({ ratio }) => ratio === '1')?.to_scheme ?? 'Kriging-c0.25';
        const { high } = interval(over[0]);
        return [
          network,
          own,
          String(seed + 1),
          short(at('Replication')),
          short(at('Kriging-c0')),
          short(at('Kriging-c0.5')),
          `${short(at('Kriging-auto'))} (c = ${same.replace('Kriging-c', '')})`,
          ratioText(interval(over[0])),
          high <= 1.03 ? 'yes' : 'no',
        ];
      });
    }),
  );
  const header = [
    'network',
    '(N, K, S)',
    'seed',
    'Replication',
    'c = 0',
    'c = 0.5',
    'c: auto',
    'auto / better of both',
    '≤ 1.03',
  ];
  return table(header, lines);
}

export const krigingTables = { 'kriging-against-copies': againstCopies, 'kriging-auto': calibrated };
