import { type CellKey, type KeyColumn, keyColumns } from '../results/schema.ts';

/** Keys of cells as text. */

/** A key as files hold it, all digits; empty for one that does not apply. */
export function keyText(key: CellKey, column: KeyColumn): string {
  const value = key[column];
  return value === undefined ? '' : String(value);
}

/** λ as people read it: three digits or as many as are asked for, such as `3.16e-10`. */
export function lambdaText(lambda: number, digits = 3): string {
  const rounded = Number(lambda.toPrecision(digits));
  return rounded !== 0 && Math.abs(rounded) < 0.01 ? rounded.toExponential() : String(rounded);
}

/** The fewest digits, three or more, at which no two of these λ print alike. */
export function lambdaDigits(lambdas: Iterable<number>): number {
  const values = [...new Set(lambdas)];
  let digits = 3;
  while (digits < 17 && new Set(values.map((value) => lambdaText(value, digits))).size < values.length) digits++;
  return digits;
}

/** The same for all λ of keys. */
export function keyDigits(keys: Iterable<Pick<CellKey, 'lambda_enc' | 'lambda_dec'>>): number {
  const lambdas = [...keys].flatMap(({ lambda_enc, lambda_dec }) => [lambda_enc, lambda_dec]);
  return lambdaDigits(lambdas.filter((lambda) => lambda !== undefined));
}

/** The text of a key as people read it. @param text as `keyText` gives it @param digits of a λ */
export function readableKey(column: KeyColumn, text: string, digits?: number): string {
  return text !== '' && isLambda(column) ? lambdaText(Number(text), digits) : text;
}

export function isLambda(column: KeyColumn): boolean {
  return column === 'lambda_enc' || column === 'lambda_dec';
}

/** A whole key in a few words, for messages: the keys that apply, or only those of `columns`. @param digits of a λ */
export function describeKey(key: CellKey, columns: readonly KeyColumn[] = keyColumns, digits?: number): string {
  return columns
    .map((column) => [column, readableKey(column, keyText(key, column), digits)] as const)
    .filter(([, text]) => text !== '')
    .map(([column, text]) => (column === 'scheme' ? text : `${column}=${text}`))
    .join(' ');
}
