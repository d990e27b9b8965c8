import path from 'node:path';
import { tableOptions } from '../results/manifest.ts';
import { readManifest, readSummary } from '../results/read.ts';
import { files } from '../results/schema.ts';
import { writeWhole } from '../util/atomic.ts';
import { renderTable } from './render.ts';
import { paperTable } from './table.ts';

/** Writes `table.md`, `table.csv` and `table.tex` of a run from its manifest and summary. */
export function writeTables(folder: string): void {
  const table = paperTable(readSummary(folder), tableOptions(readManifest(folder)));
  writeWhole(path.join(folder, files.tableMarkdown), renderTable(table, 'markdown'));
  writeWhole(path.join(folder, files.tableCsv), renderTable(table, 'csv'));
  writeWhole(path.join(folder, files.tableLatex), renderTable(table, 'latex'));
}
