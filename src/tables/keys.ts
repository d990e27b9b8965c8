import { type CellKey, type KeyColumn, keyColumns } from '../results/schema.ts';

/** Keys of cells as text. */

/** A key as files hold it, all digits; empty for one that does not apply. */
export function keyText(key: CellKey, column: KeyColumn): string {
  const value = key[column];
  return value === undefined ? '' : String(value);
}

/** λ as people read it: three digits, such as `3.16e-10`. */
export function lambdaText(lambda: number): string {
  const rounded = Number(lambda.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 0.01 ? rounded.toExponential() : String(rounded);
}

/** The text of a key as people read it. @param text as `keyText` gives it */
export function readableKey(column: KeyColumn, text: string): string {
  return text !== '' && (column === 'lambda_enc' || column === 'lambda_dec') ? lambdaText(Number(text)) : text;
}

/** A whole key in a few words, for messages: the keys that apply, or only those of `columns`. */
export function describeKey(key: CellKey, columns: readonly KeyColumn[] = keyColumns): string {
  return columns
    .map((column) => [column, readableKey(column, keyText(key, column))] as const)
    .filter(([, text]) => text !== '')
    .map(([column, text]) => (column === 'scheme' ? text : `${column}=${text}`))
    .join(' ');
}
