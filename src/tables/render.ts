import { stringify } from 'csv-stringify/sync';
import type { Metric } from '../metrics/table.ts';
import type { MetricStatistics } from '../results/read.ts';
import type { KeyColumn } from '../results/schema.ts';
import type { PaperTable, TableGroup, TableRow } from './table.ts';

export type TableFormat = 'markdown' | 'csv' | 'latex';

/** A table as text that ends with a newline. */
export function renderTable(table: PaperTable, format: TableFormat): string {
  if (format === 'csv') return renderCsv(table);
  return format === 'markdown' ? renderMarkdown(table) : renderLatex(table);
}

/** A decimal mantissa with a power of ten that is 0 for numbers of ordinary size. */
interface Rounded {
  readonly mean: string;
  /** Absent without a spread. */
  readonly std?: string;
  readonly exponent: number;
}

/**
 * Rounds to two digits of the standard deviation, or four of the mean without one. Ordinary numbers get at least two
 * decimals; numbers outside 1e-3 … 1e5 a power of ten.
 */
export function roundMean({ mean, std }: MetricStatistics): Rounded | undefined {
  if (!Number.isFinite(mean)) return undefined;
  const size = Math.max(Math.abs(mean), Number.isFinite(std) ? std : 0);
  const magnitude = size === 0 ? 0 : Math.floor(Math.log10(size));
  const exponent = magnitude < -3 || magnitude > 4 ? magnitude : 0;
  const scale = 10 ** exponent;
  const spread = std / scale;
  const digits =
    std > 0 ? 1 - Math.floor(Math.log10(spread)) : 3 - (size === 0 ? 0 : Math.floor(Math.log10(size / scale)));
  const decimals = Math.min(6, Math.max(exponent === 0 && size < 100 ? 2 : 0, digits));
  return {
    mean: (mean / scale).toFixed(decimals),
    ...(Number.isFinite(std) && { std: spread.toFixed(decimals) }),
    exponent,
  };
}

/** Our numbers are rounded; published ones stand as they were published. */
function rounding(row: TableRow, cell: MetricStatistics | undefined): Rounded | undefined {
  if (!cell || row.source === undefined) return cell && roundMean(cell);
  return { mean: String(cell.mean), ...(Number.isFinite(cell.std) && { std: String(cell.std) }), exponent: 0 };
}

/** A cell as plain text. */
export function tableCellText(row: TableRow, cell: MetricStatistics | undefined): string {
  return plainCell(rounding(row, cell));
}

function plainCell(rounded: Rounded | undefined): string {
  if (!rounded) return '–';
  const text = rounded.std === undefined ? rounded.mean : `${rounded.mean} ± ${rounded.std}`;
  if (rounded.exponent === 0) return text;
  return rounded.std === undefined ? `${text}e${rounded.exponent}` : `(${text})e${rounded.exponent}`;
}

const plainKeys: Partial<Record<KeyColumn, string>> = { lambda_enc: 'λ_enc', lambda_dec: 'λ_dec' };

function renderMarkdown(table: PaperTable): string {
  const single = table.groups.length === 1;
  const header = [
    ...table.rowKeys.map((key) => plainKeys[key] ?? key),
    'method',
    ...table.groups.flatMap((group) =>
      table.metrics.map((metric) =>
        single ? plainHeading(metric) : `${tableGroupText(group)} ${plainHeading(metric)}`,
      ),
    ),
  ].map(escapeMarkdown);
  const body = table.rows.map((row) =>
    [...row.keys, plainScheme(row), ...row.cells.flatMap((cells) => cells.map((cell) => tableCellText(row, cell)))].map(
      escapeMarkdown,
    ),
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
  const caption = plainCaption(table);
  return [
    ...(caption ? [caption, ''] : []),
    line(header),
    rule,
    ...body.map(line),
    '',
    ...table.notes.map((note) => `${note}`),
    '',
  ].join('\n');
}

/** A metric's name with an arrow that says which way is better. */
export function plainHeading(metric: Metric): string {
  const arrows = { lower: ' ↓', higher: ' ↑', none: '' };
  return metric.label + arrows[metric.better];
}

export function plainScheme(row: TableRow): string {
  return row.source ? `${row.scheme}, published [${row.source}]` : row.scheme;
}

/** A model with its data set and the conditions of its own. */
export function tableGroupText({ model, dataset, own }: TableGroup): string {
  const conditions = own.map(({ key, value }) => `${key}=${value}`).join(', ');
  return `${model}/${dataset}${conditions && ` (${conditions})`}`;
}

function plainCaption(table: PaperTable): string {
  const [only] = table.groups;
  const parts = table.fixed.filter(({ key }) => key !== 'experiment').map(({ key, value }) => `${key}=${value}`);
  const experiment = table.fixed.find(({ key }) => key === 'experiment')?.value;
  const subject = table.groups.length === 1 ? `${tableGroupText(only!)}; ` : '';
  return `${experiment ? `${experiment}: ` : ''}${subject}${parts.join(', ')}`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[|\\]/g, '\\$&');
}

/** Full precision, mean and standard deviation apart: for other programs. */
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

const latexKeys: Partial<Record<KeyColumn, string>> = {
  K: '$K$',
  N: '$N$',
  S: '$S$',
  E: '$E$',
  lambda_enc: '$\\lambda_\\mathrm{enc}$',
  lambda_dec: '$\\lambda_\\mathrm{dec}$',
};

/** A `table` environment with booktabs rules; needs `\usepackage{booktabs}` only. */
function renderLatex(table: PaperTable): string {
  const { groups, metrics, rowKeys } = table;
  const single = groups.length === 1;
  const lead = rowKeys.length + 1;
  const columns = 'l'.repeat(lead) + 'r'.repeat(groups.length * metrics.length);
  const out = ['% needs \\usepackage{booktabs}', '\\begin{table}', '\\centering', `\\caption{${latexCaption(table)}}`];
  out.push(`\\begin{tabular}{${columns}}`, '\\toprule');
  if (!single) {
    const titles = groups.map((group) => `\\multicolumn{${metrics.length}}{c}{${latexGroup(group)}}`);
    out.push(`${' & '.repeat(lead)}${titles.join(' & ')} \\\\`);
    out.push(
      groups
        .map((_, g) => `\\cmidrule(lr){${lead + 1 + g * metrics.length}-${lead + (g + 1) * metrics.length}}`)
        .join(' '),
    );
  }
  const header = [...rowKeys.map(latexKey), 'Method', ...groups.flatMap(() => metrics.map(latexHeading))];
  out.push(`${header.join(' & ')} \\\\`, '\\midrule');
  let condition = table.rows[0]?.keys.join('\u0000');
  for (const row of table.rows) {
    const next = row.keys.join('\u0000');
    if (next !== condition) out.push('\\addlinespace');
    condition = next;
    const name = latexScheme(row.scheme) + (row.source ? `, published [${escapeLatex(row.source)}]` : '');
    const cells = row.cells.flatMap((group) => group.map((cell) => latexCell(rounding(row, cell))));
    out.push(`${[...row.keys.map(escapeLatex), name, ...cells].join(' & ')} \\\\`);
  }
  out.push('\\bottomrule', '\\end{tabular}', '\\end{table}', '');
  return out.join('\n');
}

function latexCell(rounded: Rounded | undefined): string {
  if (!rounded) return '--';
  const text = rounded.std === undefined ? rounded.mean : `${rounded.mean} \\pm ${rounded.std}`;
  if (rounded.exponent === 0) return `$${text}$`;
  const power = `\\times 10^{${rounded.exponent}}`;
  return rounded.std === undefined ? `$${text} ${power}$` : `$(${text}) ${power}$`;
}

function latexHeading(metric: Metric): string {
  const arrows = { lower: ' $\\downarrow$', higher: ' $\\uparrow$', none: '' };
  return escapeLatex(metric.label) + arrows[metric.better];
}

function latexKey(key: KeyColumn): string {
  return latexKeys[key] ?? escapeLatex(key);
}

/** `NeRCC0` is printed with its index lowered, as the paper does. */
function latexScheme(scheme: string): string {
  return escapeLatex(scheme).replace(/\bNeRCC0\b/, 'NeRCC$_0$');
}

function latexGroup({ model, dataset, own }: TableGroup): string {
  const conditions = own.map(({ key, value }) => `${latexKey(key)}=${escapeLatex(value)}`).join(', ');
  return `${escapeLatex(model)}/${escapeLatex(dataset)}${conditions && ` (${conditions})`}`;
}

function latexCaption(table: PaperTable): string {
  const subject = table.groups.length === 1 ? `${latexGroup(table.groups[0]!)}, ` : '';
  const parts = table.fixed
    .filter(({ key }) => key !== 'experiment')
    .map(({ key, value }) => `${latexKey(key)}=${escapeLatex(value)}`);
  return `${subject}${parts.join(', ')}. ${table.notes.map(escapeLatex).join(' ')}`;
}

const latexSpecials: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  λ: '$\\lambda$',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

/** Text that LaTeX prints as it is. */
export function escapeLatex(text: string): string {
  return text.replace(/[\\~^±λ<>]|[&%$#_{}]/g, (character) => latexSpecials[character] ?? `\\${character}`);
}
