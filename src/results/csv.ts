import { stringify } from 'csv-stringify/sync';

/** Fields as one CSV line without its end. @param fields numbers as `cellText` gives them */
export function csvLine(fields: readonly string[]): string {
  return stringify([fields as string[]], { record_delimiter: '' });
}

/** A number as files hold it: the shortest text that reads back to the same double; undefined (NaN) is empty. */
export function cellText(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}
