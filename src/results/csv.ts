import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** A field that stands in a CSV file as it is. Nearly all do, and the library takes most of the time that a file is written in. */
const plain = /^[\w.+-]*$/;

/** Fields as one CSV line without its end. @param fields numbers as `cellText` gives them */
export function csvLine(fields: readonly string[]): string {
  if (fields.every((field) => plain.test(field))) return fields.join(',');
  return stringify([fields as string[]], { record_delimiter: '' });
}

/** A number as files hold it: the shortest text that reads back to the same double; undefined (NaN) is empty. */
export function cellText(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

/** The rows of a CSV text by column: numbers as such, an empty field as null. */
export function csvRecords(text: string): Record<string, string | number | null>[] {
  const value = (field: string) => (field === '' ? null : Number.isFinite(Number(field)) ? Number(field) : field);
  return parse(text, { columns: true, cast: value });
}
