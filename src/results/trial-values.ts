import path from 'node:path';
import { parse } from 'csv-parse/sync';
import type { MetricName } from '../metrics/table.ts';
import { UserError } from '../util/errors.ts';
import { readRegularFile } from '../util/files.ts';
import { hasFile } from './run-files.ts';
import { type CellKey, files, keyColumns, numericKeys } from './schema.ts';

/** Values of one metric by cell: one a trial, NaN where there is none. */
export interface TrialValues {
  readonly of: (key: CellKey) => Float64Array | undefined;
}

/**
 * Reads one column of `trials.csv`: a metric, or how many workers answered.
 * @returns undefined for a folder without trials (a reference keeps its summary only), or whose trials lack the metric
 * @throws UserError when the file is damaged
 */
export function readTrialValues(folder: string, metric: MetricName | 'survivors'): TrialValues | undefined {
  if (!hasFile(folder, files.trials)) return undefined;
  const wanted = new Set<string>([...keyColumns, 'trial', metric]);
  const file = path.join(folder, files.trials);
  let records: Record<string, string>[];
  try {
    records = parse(readRegularFile(file), {
      columns: (header: string[]) => header.map((name) => (wanted.has(name) ? name : false)),
      relax_column_count: true,
    });
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    throw new UserError(`${file}:${lines ?? 1}: ${message.split('\n')[0]}`);
  }
  if (records[0]?.[metric] === undefined) return undefined;
  const values = new Map<string, number[]>();
  for (const record of records) {
    const name = JSON.stringify(
      keyColumns.map((column) => {
        const text = record[column] ?? '';
        return numeric.has(column) && text !== '' ? Number(text) : text;
      }),
    );
    const list = values.get(name) ?? [];
    // the lists are as long as the largest of these
    if (!/^\d{1,8}$/.test(record.trial ?? ''))
      throw new UserError(`${file}: trial is "${record.trial}", expected a number`);
    list[Number(record.trial)] = record[metric] === '' ? Number.NaN : Number(record[metric]);
    values.set(name, list);
  }
  const trials = Math.max(...[...values.values()].map((list) => list.length));
  const filled = new Map(
    [...values].map(([name, list]) => [name, Float64Array.from({ length: trials }, (_, i) => list[i] ?? Number.NaN)]),
  );
  return { of: (key) => filled.get(JSON.stringify(keyColumns.map((column) => key[column] ?? ''))) };
}

const numeric = new Set<string>(numericKeys);
