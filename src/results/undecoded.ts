import { groupBy } from '../util/group.ts';
import { cellIdentity } from './cells.ts';
import type { CellKey } from './schema.ts';

/** Trials of a cell that could not be decoded. */
export interface Undecoded {
  readonly count: number;
  /** Which ones; absent where the folder keeps no list of them, as a reference. */
  readonly which?: ReadonlySet<number>;
}

/**
 * Rows with the trials that they could not decode.
 * @param failures the list of a run; without one the trials that another row has more
 */
export function withUndecoded<Row extends { readonly key: CellKey; readonly trials: number }>(
  rows: readonly Row[],
  failures: readonly { readonly key: CellKey; readonly trial: number }[] | undefined,
): (Row & { readonly undecoded?: Undecoded })[] {
  if (!failures) {
    const most = Math.max(...rows.map(({ trials }) => trials));
    return rows.map((row) => (row.trials < most ? { ...row, undecoded: { count: most - row.trials } } : row));
  }
  const byCell = groupBy(failures, ({ key }) => cellIdentity(key));
  return rows.map((row) => {
    const own = byCell.get(cellIdentity(row.key));
    return own ? { ...row, undecoded: { count: own.length, which: new Set(own.map(({ trial }) => trial)) } } : row;
  });
}

/** Whether a row could not decode a trial that another one of its condition could: their means are not over the same trials. */
export function missesTrials<Row extends { readonly undecoded?: Undecoded }>(
  row: Row,
  others: readonly Row[],
): boolean {
  const { undecoded } = row;
  if (!undecoded) return false;
  return others.some((other) => {
    const { count, which } = other.undecoded ?? { count: 0 };
    if (count < undecoded.count) return true;
    if (!which || !undecoded.which) return other !== row && count !== undecoded.count;
    return [...undecoded.which].some((trial) => !which.has(trial));
  });
}
