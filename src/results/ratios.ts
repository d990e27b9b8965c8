import { groupBy } from '../util/group.ts';
import { cellText, csvLine } from './csv.ts';
import { pairedRatio } from './ratio.ts';
import { keyColumns, ratioColumns } from './schema.ts';
import { summarise } from './statistics.ts';
import type { CellTrials } from './summaries.ts';

/**
 * The text of `ratios.csv`: the mean squared error of every cell as a ratio to that of each scheme named, under the same
 * condition; a scheme named that has several cells there stands with its first.
 * @param to labels of schemes; default: that of the first cell
 */
export function ratiosCsv(cells: readonly CellTrials[], to?: readonly string[]): string {
  const named = to ?? cells.slice(0, 1).map(({ label }) => label);
  const lines = [...groupBy(cells, ({ condition }) => condition).values()].flatMap((own) =>
    named.flatMap((label) => {
      const base = own.find((cell) => cell.label === label);
      return base ? own.filter((cell) => cell !== base).map((cell) => ratioLine(cell, base)) : [];
    }),
  );
  return [csvLine(ratioColumns), ...lines].map((line) => `${line}\n`).join('');
}

function ratioLine(cell: CellTrials, base: CellTrials): string {
  const [own, other] = [cell.values.get('mse')!, base.values.get('mse')!];
  const { n, ratio, low, high, carriedBy } = pairedRatio(own, other);
  const numbers = [summarise(own).mean, summarise(other).mean, ratio, low, high, carriedBy];
  const at = (column: (typeof keyColumns)[number]) => base.key[keyColumns.indexOf(column)]!;
  const sides = [base.label, at('N'), at('lambda_enc'), at('lambda_dec')];
  return csvLine([...cell.key, ...sides, 'mse', String(n), ...numbers.map(cellText)]);
}
