import { type MetricName, metrics } from '../metrics/table.ts';
import { notMeasured, type SummaryRow } from '../results/read.ts';
import { type CellKey, type KeyColumn, type NumericKey, numericKeys } from '../results/schema.ts';
import { keyText } from '../tables/keys.ts';

/** How figures write numbers, keys and metrics. */

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/** `10⁻⁶`. */
export function powerOfTen(exponent: number): string {
  return `10${[...String(exponent)].map((character) => superscripts[character]).join('')}`;
}

/** A number of at most `digits` digits: `0.0123`, `3.16·10⁻¹⁰`; never `1e-10`. */
export function numberText(value: number, digits = 4): string {
  if (!Number.isFinite(value) || value === 0) return String(value).replace('-', '−');
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(digits))).replace('-', '−');
  const factor = String(Number(mantissa)).replace('-', '−');
  if (factor === '1') return powerOfTen(power);
  return factor === '−1' ? `−${powerOfTen(power)}` : `${factor}·${powerOfTen(power)}`;
}

/** A λ: a power of ten wherever it is one, `0.01` included. */
export function lambdaText(value: number): string {
  const power = Math.log10(value);
  const isPower = Math.abs(power - Math.round(power)) < 1e-9;
  return value > 0 && value < 0.1 && isPower ? powerOfTen(Math.round(power)) : numberText(value, 3);
}

export const isNumericKey = (key: KeyColumn): key is NumericKey => (numericKeys as readonly string[]).includes(key);

const keyLabels: Partial<Record<KeyColumn, string>> = {
  K: 'queries K',
  N: 'workers N',
  S: 'stragglers S',
  E: 'Byzantine workers E',
  lambda_enc: 'λ_enc',
  lambda_dec: 'λ_dec',
};

/** A key as an axis names it. `_enc` and `_dec` are drawn as an index. */
export function keyLabel(key: KeyColumn): string {
  return keyLabels[key] ?? key;
}

/** A key as an equation names it. */
export function keySymbol(key: KeyColumn): string {
  return key.replace('lambda', 'λ');
}

/** The value of a key as a figure shows it; what it means that there is none. */
export function valueText(key: CellKey, column: KeyColumn): string {
  const value = key[column];
  if (typeof value === 'number') return column.startsWith('lambda') ? lambdaText(value) : String(value);
  if (value === undefined || value === '') return column === 'options' ? 'default' : 'none';
  return value;
}

/** `K = 20, N = 100`. */
export function equations(key: CellKey, columns: readonly KeyColumn[]): string {
  return columns.map((column) => `${keySymbol(column)} = ${valueText(key, column)}`).join(', ');
}

/** A metric as an axis names it. */
export function metricLabel(name: MetricName): string {
  return metrics.get(name).label;
}

/** How far a mean may be off; nothing after a single trial. */
export function spreadText(sem: number): string {
  return sem > 0 ? ` ± ${numberText(sem)} (standard error)` : '';
}

/** A cell as tooltips name it: `BACC (K = 20, N = 100, S = 40)`. */
export function cellName({ key }: Pick<SummaryRow, 'key'>): string {
  const shown = (['K', 'N', 'S', 'E', 'attack', 'lambda_enc', 'lambda_dec'] as const).filter(
    (column) => keyText(key, column) !== '' && !(column === 'E' && key.E === 0),
  );
  return `${key.scheme}${shown.length > 0 ? ` (${equations(key, shown)})` : ''}`;
}

/** What a tooltip says of a cell. */
export function cellText(row: SummaryRow, metric: MetricName): string {
  const { trials } = row;
  const { mean, sem } = row.metrics.get(metric) ?? notMeasured;
  return `${cellName(row)}: ${metricLabel(metric)} = ${numberText(mean)}${spreadText(sem)}, ${trials} ${trials === 1 ? 'trial' : 'trials'}`;
}

/** Conditions that all rows share, for the line above a figure; λ and options are left to the caption. */
export function sharedConditions(rows: readonly SummaryRow[], except: readonly (KeyColumn | undefined)[] = []): string {
  const [first] = rows;
  if (!first) return '';
  const shared = (['output', 'K', 'N', 'S', 'E', 'stragglers', 'attack'] as const).filter(
    (column) =>
      !except.includes(column) &&
      keyText(first.key, column) !== '' &&
      !(column === 'E' && first.key.E === 0) &&
      !(column === 'stragglers' && first.key.stragglers === 'uniform') &&
      rows.every((row) => keyText(row.key, column) === keyText(first.key, column)),
  );
  return [`${first.key.model} on ${first.key.dataset}`, ...shared.map((column) => equations(first.key, [column]))].join(
    ', ',
  );
}
