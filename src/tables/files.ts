import path from 'node:path';
import { tableOptions } from '../results/manifest.ts';
import { readManifest, readSummary } from '../results/read.ts';
import { writeWhole } from '../util/atomic.ts';
import { tableFormats } from './formats.ts';
import { paperTable } from './table.ts';

/** Writes the table of a run in every format that has a file, from its manifest and summary. */
export function writeTables(folder: string): void {
  const table = paperTable(readSummary(folder), tableOptions(readManifest(folder)));
  for (const { file, render } of tableFormats.entries) if (file) writeWhole(path.join(folder, file), render(table));
}
