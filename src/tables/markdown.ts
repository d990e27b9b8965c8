import type { KeyColumn } from '../results/schema.ts';
import { files } from '../results/schema.ts';
import { escapeHtml, escapeMarkdown } from '../util/markdown.ts';
import { bestCells } from './best.ts';
import { plainHeading, plainKeys, plainScheme, tableCellText, tableGroupText } from './cells.ts';
import { type TableStyle, tableFormat } from './format.ts';
import type { PaperTable, TableCell } from './table.ts';

/** A pipe table that also lines up as plain text. */
export const markdown = tableFormat({
  name: 'markdown',
  summary: 'for a README or a terminal: rounded, mean ± standard deviation',
  file: files.tableMarkdown,
  render: renderMarkdown,
});

const keyNames: Partial<Record<KeyColumn, string>> = { lambda_enc: 'λ_enc', lambda_dec: 'λ_dec' };

function renderMarkdown(table: PaperTable, { caption: own, best }: TableStyle = {}): string {
  const bold = best === undefined ? new Set<TableCell>() : bestCells(table);
  const strong = (cell: TableCell | undefined, text: string) => (cell && bold.has(cell) ? `**${text}**` : text);
  const single = table.groups.length === 1;
  const header = [
    ...table.rowKeys.map((key) => keyNames[key] ?? key),
    'method',
    ...table.groups.flatMap((group) =>
      table.metrics.map((metric) =>
        single ? plainHeading(metric) : `${tableGroupText(group)} ${plainHeading(metric)}`,
      ),
    ),
  ].map(escapeMarkdown);
  const keysOf = plainKeys(table);
  const body = table.rows.map((row) =>
    [
      ...keysOf(row),
      plainScheme(row),
      ...row.cells.flatMap((cells) => cells.map((cell) => strong(cell, tableCellText(cell)))),
    ].map(escapeMarkdown),
  );
  const right = header.map((_, i) => i < table.rowKeys.length || i > table.rowKeys.length);
  const widths = header.map((name, i) =>
    Math.max(3, ...[name, ...body.map((row) => row[i]!)].map((text) => [...text].length)),
  );
  const pad = (text: string, i: number) => {
    const fill = ' '.repeat(widths[i]! - [...text].length);
    return right[i] ? fill + text : text + fill;
  };
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (right[i] ? `${'-'.repeat(width + 1)}:` : `:${'-'.repeat(width + 1)}`)).join('|')}|`;
  const caption = own ?? escapeHtml(plainCaption(table));
  return [
    ...(caption ? [caption, ''] : []),
    line(header),
    rule,
    ...body.map(line),
    '',
    ...table.notes.map(escapeHtml),
    '',
  ].join('\n');
}

function plainCaption(table: PaperTable): string {
  const [only] = table.groups;
  const parts = table.fixed.filter(({ key }) => key !== 'experiment').map(({ key, value }) => `${key}=${value}`);
  const experiment = table.fixed.find(({ key }) => key === 'experiment')?.value;
  const subject = table.groups.length === 1 ? `${tableGroupText(only!)}; ` : '';
  return `${experiment ? `${experiment}: ` : ''}${subject}${parts.join(', ')}`;
}
