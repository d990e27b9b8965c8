import type { SummaryRow } from '../results/read.ts';
import type { KeyColumn } from '../results/schema.ts';
import { missesTrials } from '../results/undecoded.ts';
import { groupBy } from '../util/group.ts';
import { describeKey, keyDigits } from './keys.ts';

/** Rows whose means leave out trials that another row of their condition could decode. */
export function partialRows(
  rows: readonly SummaryRow[],
  condition: (row: SummaryRow) => string,
): ReadonlySet<SummaryRow> {
  return new Set([...groupBy(rows, condition).values()].flatMap((own) => own.filter((row) => missesTrials(row, own))));
}

/** Rows that are named; of more their number is said. */
const mostNamed = 6;

/** Who could not decode every trial, in a sentence; none where all could. */
export function undecodedNotes(rows: readonly SummaryRow[], rowKeys: readonly KeyColumn[]): string[] {
  const failed = rows.filter(({ undecoded }) => undecoded);
  if (failed.length === 0) return [];
  const digits = keyDigits(rows.map(({ key }) => key));
  const named = failed.slice(0, mostNamed).map(({ key, trials, undecoded }) => {
    const where = describeKey(key, rowKeys, digits);
    return `${key.scheme}${where && ` (${where})`} ${trials} of ${trials + undecoded!.count}`;
  });
  const more = failed.length > named.length ? ` and ${failed.length - named.length} more` : '';
  return [
    `Trials decoded: ${named.join(', ')}${more}. Such a mean leaves the others out, and is never marked as the best beside one that has them.`,
  ];
}
