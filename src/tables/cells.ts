import type { Measured } from '../metrics/measured.ts';
import type { MetricStatistics } from '../results/read.ts';
import { isLambda, lambdaDigits, readableKey } from './keys.ts';
import type { PaperTable, TableCell, TableGroup, TableRow } from './table.ts';

/** Numbers and headings as people read them, whatever the format of the table. */

/** A decimal mantissa with a power of ten that is 0 for numbers of ordinary size. */
export interface Rounded {
  readonly mean: string;
  /** Absent without a spread. */
  readonly std?: string;
  readonly exponent: number;
}

/**
 * Rounds to two digits of the standard deviation, or four of the mean without one. Ordinary numbers get at least two
 * decimals; numbers outside 1e-3 … 1e5 a power of ten.
 */
export function roundMean({ mean, std }: MetricStatistics): Rounded | undefined {
  if (!Number.isFinite(mean)) return undefined;
  const size = Math.max(Math.abs(mean), Number.isFinite(std) ? std : 0);
  const { exponent, decimals } = digitsFor(size, std);
  const scale = 10 ** exponent;
  return {
    mean: (mean / scale).toFixed(decimals),
    ...(Number.isFinite(std) && { std: (std / scale).toFixed(decimals) }),
    exponent,
  };
}

/** How many digits numbers of a size get that are known to within `spread`. */
function digitsFor(size: number, spread: number): { readonly exponent: number; readonly decimals: number } {
  const magnitude = size === 0 ? 0 : Math.floor(Math.log10(size));
  const exponent = magnitude < -3 || magnitude > 4 ? magnitude : 0;
  const scale = 10 ** exponent;
  const digits =
    spread > 0
      ? 1 - Math.floor(Math.log10(spread / scale))
      : 3 - (size === 0 ? 0 : Math.floor(Math.log10(size / scale)));
  return { exponent, decimals: Math.min(6, Math.max(exponent === 0 && size < 100 ? 2 : 0, digits)) };
}

/** A difference with its interval, `8.85 [7.23, 10.47]`: rounded as `roundMean` does, to its half-width. */
export function intervalText({
  mean,
  low,
  high,
}: {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}): string {
  if (!Number.isFinite(mean)) return '–';
  const known = Number.isFinite(low) && Number.isFinite(high);
  const size = Math.max(...[mean, low, high].filter(Number.isFinite).map(Math.abs));
  const { exponent, decimals } = digitsFor(size, known ? (high - low) / 2 : Number.NaN);
  const digits = (value: number) => {
    const text = (value / 10 ** exponent).toFixed(decimals);
    return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
  };
  const text = known ? `${digits(mean)} [${digits(low)}, ${digits(high)}]` : digits(mean);
  if (exponent === 0) return text;
  return known ? `(${text})e${exponent}` : `${text}e${exponent}`;
}

/** Our numbers are rounded; published ones stand as they were published. */
export function rounding(cell: TableCell | undefined): Rounded | undefined {
  if (cell?.decimals === undefined) return cell && roundMean(cell);
  const { mean, std, decimals } = cell;
  const digits = (value: number) => value.toFixed(decimals);
  return { mean: digits(mean), ...(Number.isFinite(std) && { std: digits(std) }), exponent: 0 };
}

/** A cell as plain text. */
export function tableCellText(cell: TableCell | undefined): string {
  return plainCell(rounding(cell));
}

function plainCell(rounded: Rounded | undefined): string {
  if (!rounded) return '–';
  const text = rounded.std === undefined ? rounded.mean : `${rounded.mean} ± ${rounded.std}`;
  if (rounded.exponent === 0) return text;
  return rounded.std === undefined ? `${text}e${rounded.exponent}` : `(${text})e${rounded.exponent}`;
}

/** A metric's name with an arrow that says which way is better. */
export function plainHeading(metric: Measured): string {
  const arrows = { lower: ' ↓', higher: ' ↑', none: '' };
  return metric.label + arrows[metric.better];
}

/** The keys of a row as people read them: λ with three digits, or with as many as tell those of a column apart. */
export function plainKeys({ rowKeys, rows }: PaperTable): (row: TableRow) => string[] {
  const digits = rowKeys.map((column, i) =>
    isLambda(column)
      ? lambdaDigits(
          rows
            .map(({ keys }) => keys[i]!)
            .filter(Boolean)
            .map(Number),
        )
      : undefined,
  );
  return (row) => row.keys.map((text, i) => readableKey(rowKeys[i]!, text, digits[i]));
}

export function plainScheme(row: TableRow): string {
  return row.source ? `${row.scheme}, published [${row.source}]` : row.scheme;
}

/** A model with its data set and the conditions of its own. */
export function tableGroupText({ model, dataset, own }: TableGroup): string {
  const conditions = own.map(({ key, value }) => `${key}=${value}`).join(', ');
  return `${model}/${dataset}${conditions && ` (${conditions})`}`;
}
