import path from 'node:path';
import { writeWhole } from '../util/atomic.ts';
import { tableOptions } from './manifest.ts';
import { readManifest, readSummary } from './read.ts';
import { files } from './schema.ts';
import { paperTable } from './table.ts';
import { renderTable } from './table-render.ts';

/** Writes `table.md`, `table.csv` and `table.tex` of a run from its manifest and summary. */
export function writeTables(folder: string): void {
  const table = paperTable(readSummary(folder), tableOptions(readManifest(folder)));
  writeWhole(path.join(folder, files.tableMarkdown), renderTable(table, 'markdown'));
  writeWhole(path.join(folder, files.tableCsv), renderTable(table, 'csv'));
  writeWhole(path.join(folder, files.tableLatex), renderTable(table, 'latex'));
}
