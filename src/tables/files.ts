import path from 'node:path';
import type { TableOptions } from '../results/manifest.ts';
import { readSummary } from '../results/read.ts';
import { writeWhole } from '../util/atomic.ts';
import { tableFormats } from './formats.ts';
import { paperTable } from './table.ts';

/** Writes the table of a run from its summary, in every format that has a file. */
export function writeTables(folder: string, options: TableOptions): void {
  const table = paperTable(readSummary(folder), options);
  for (const { file, render } of tableFormats.entries) if (file) writeWhole(path.join(folder, file), render(table));
}
