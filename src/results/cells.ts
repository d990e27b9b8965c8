import { parseOptions } from '../util/option-text.ts';
import { type CellKey, keyColumns } from './schema.ts';

/** Which rows of two summaries are the same cell. */

/** What two rows must share to be one cell. A tuned λ is a result, not a part of the cell. */
export function cellIdentity(key: CellKey): string {
  const tuned = isTuned(key);
  return JSON.stringify(keyColumns.map((column) => (tuned && column.startsWith('lambda') ? '' : (key[column] ?? ''))));
}

/** Whether λ of a cell was found by tuning. */
export function isTuned({ options }: CellKey): boolean {
  return parseOptions(options).has('tune');
}

/** Whether λ of a cell follows from its other keys: it was found by tuning, or a rule gave it. */
export function hasFollowingLambda({ options }: CellKey): boolean {
  const given = parseOptions(options);
  return given.has('tune') || given.has('lambda');
}

/** A cell of one side. */
export interface MissingCell {
  readonly key: CellKey;
  readonly from: 'run' | 'reference';
}

/** Pairs rows by cell. */
export function matchCells<Row extends { readonly key: CellKey }>(
  reference: readonly Row[],
  run: readonly Row[],
): { pairs: [reference: Row, run: Row][]; missing: MissingCell[] } {
  const left = new Map(run.map((row) => [cellIdentity(row.key), row]));
  const pairs: [Row, Row][] = [];
  const missing: MissingCell[] = [];
  for (const row of reference) {
    const identity = cellIdentity(row.key);
    const other = left.get(identity);
    left.delete(identity);
    if (other) pairs.push([row, other]);
    else missing.push({ key: row.key, from: 'run' });
  }
  for (const row of left.values()) missing.push({ key: row.key, from: 'reference' });
  return { pairs, missing };
}

/** The errors of a cell, as a row of a summary has them. */
interface Measured {
  readonly metrics: { get(name: 'mse' | 'mse_per_output'): { readonly mean: number } | undefined };
}

/**
 * Whether the model has one output, which its two errors tell: such an answer has no class, and all that counts classes says nothing.
 * False where no cell has an error to tell by.
 */
export function hasOneOutput(rows: readonly Measured[]): boolean {
  const errors = rows.map(({ metrics }) => [
    metrics.get('mse')?.mean ?? Number.NaN,
    metrics.get('mse_per_output')?.mean,
  ]);
  return errors.some(([mse]) => mse! > 0) && errors.every(([mse, each]) => Number.isNaN(mse) || mse === each);
}
