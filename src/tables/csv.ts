import { stringify } from 'csv-stringify/sync';
import { files } from '../results/schema.ts';
import { tableGroupText } from './cells.ts';
import { tableFormat } from './format.ts';
import type { PaperTable, TableGroup } from './table.ts';

/** Full precision, mean and standard deviation apart. */
export const csv = tableFormat({
  name: 'csv',
  summary: 'for other programs: full precision, mean and standard deviation apart',
  file: files.tableCsv,
  render: renderCsv,
});

function renderCsv(table: PaperTable): string {
  const names = (group: TableGroup) => (table.groups.length === 1 ? '' : `${tableGroupText(group)} `);
  const header = [
    ...table.rowKeys,
    'method',
    'source',
    ...table.groups.flatMap((group) =>
      table.metrics.flatMap(({ name }) => [`${names(group)}${name}_mean`, `${names(group)}${name}_std`]),
    ),
  ];
  const number = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '' : String(value));
  const rows = table.rows.map((row) => [
    ...row.keys,
    row.scheme,
    row.source ?? '',
    ...row.cells.flatMap((cells) => cells.flatMap((cell) => [number(cell?.mean), number(cell?.std)])),
  ]);
  return stringify([header, ...rows]);
}
