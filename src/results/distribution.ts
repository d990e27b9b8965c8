import path from 'node:path';
import { UserError } from '../util/errors.ts';
import { csvRecords } from './csv.ts';
import { readRunText } from './run-files.ts';
import { files } from './schema.ts';

/** A row of `distribution.csv`: a share of the requests of a cell is answered within this time. */
export interface DistributionRow {
  readonly scheme: string;
  readonly N: number;
  readonly options: string;
  readonly rate: number;
  readonly share: number;
  /** Seconds; NaN where too few requests tell. */
  readonly latency: number;
}

/** @throws UserError for a file that no run writes */
export function readDistribution(folder: string): DistributionRow[] {
  const file = path.join(folder, files.distribution);
  return csvRecords(readRunText(folder, files.distribution)).map((record, i): DistributionRow => {
    const number = (column: string) => {
      const value = record[column];
      if (typeof value === 'number') return value;
      throw new UserError(`${file}:${i + 2}: ${column} is not a number; run the experiment again`);
    };
    return {
      scheme: String(record.scheme),
      N: number('N'),
      options: String(record.options ?? ''),
      rate: number('rate'),
      share: number('share'),
      latency: record.latency_s === null ? Number.NaN : number('latency_s'),
    };
  });
}
