import type { Measured } from '../metrics/measured.ts';
import { files, type KeyColumn } from '../results/schema.ts';
import { groupBy } from '../util/group.ts';
import { bestCells } from './best.ts';
import { plainKeys, type Rounded, rounding } from './cells.ts';
import { type TableStyle, tableFormat } from './format.ts';
import type { PaperTable, TableCell, TableGroup, TableRow } from './table.ts';

/** A `table` environment with booktabs rules; needs `\usepackage{booktabs}` only. */
export const latex = tableFormat({
  name: 'latex',
  summary: 'for a paper: a table environment with booktabs rules',
  file: files.tableLatex,
  render: renderLatex,
});

const latexKeys: Partial<Record<KeyColumn, string>> = {
  K: '$K$',
  N: '$N$',
  S: '$S$',
  E: '$E$',
  lambda_enc: '$\\lambda_\\mathrm{enc}$',
  lambda_dec: '$\\lambda_\\mathrm{dec}$',
};

/** A column of numbers: a metric of a group. */
interface NumberColumn {
  readonly group: number;
  readonly heading: string;
  /** A cell a row; `--` where nothing was measured. */
  readonly cells: readonly string[];
}

/**
 * A `table`, or a `table*` over both columns of a page where one cannot hold it. Columns that a page cannot hold beside each
 * other stand in several tabulars of one float, one below the other.
 */
function renderLatex(table: PaperTable, style: TableStyle = {}): string {
  const bold = style.best === undefined ? new Set<TableCell>() : bestCells(table);
  const numbers = table.groups.flatMap((_, group) =>
    table.metrics.map((metric, m): NumberColumn => {
      const cells = table.rows.map((row) => row.cells[group]![m]);
      const texts = cells.map((cell) => latexCell(rounding(cell), cell !== undefined && bold.has(cell)));
      return { group, heading: latexHeading(metric, texts), cells: texts };
    }),
  );
  const keysOf = plainKeys(table);
  const lead = [
    ...table.rowKeys.map((key, i) => [latexKey(key), ...table.rows.map((row) => escapeLatex(keysOf(row)[i]!))]),
    ['Method', ...table.rows.map(latexMethod)],
  ];
  const { environment, size, blocks } = fitting(lead, numbers);
  return [
    '% needs \\usepackage{booktabs}',
    `\\begin{${environment}}`,
    '\\centering',
    ...(size ? [size, '\\setlength{\\tabcolsep}{3pt}'] : []),
    `\\caption{${style.caption ?? latexCaption(table)}}`,
    ...(style.label === undefined ? [] : [`\\label{${style.label}}`]),
    blocks.map((columns) => tabular(table, lead, columns)).join('\n\n\\medskip\n'),
    `\\end{${environment}}`,
    '',
  ].join('\n');
}

function tabular(table: PaperTable, lead: readonly (readonly string[])[], columns: readonly NumberColumn[]): string {
  const out = [`\\begin{tabular}{@{}${'l'.repeat(lead.length)}${'r'.repeat(columns.length)}@{}}`, '\\toprule'];
  if (table.groups.length > 1) {
    const groups = [...groupBy(columns, ({ group }) => group)];
    const titles = groups.map(([g, of]) => `\\multicolumn{${of.length}}{c}{${latexGroup(table.groups[g]!)}}`);
    out.push(`${' & '.repeat(lead.length)}${titles.join(' & ')} \\\\`);
    const from = (g: number) => lead.length + 1 + columns.findIndex(({ group }) => group === g);
    out.push(groups.map(([g, of]) => `\\cmidrule(lr){${from(g)}-${from(g) + of.length - 1}}`).join(' '));
  }
  out.push(
    `${[...lead.map(([title]) => title!), ...columns.map(({ heading }) => heading)].join(' & ')} \\\\`,
    '\\midrule',
  );
  let condition = table.rows[0]?.keys.join('\u0000');
  for (const [i, row] of table.rows.entries()) {
    const cells = columns.map((column) => column.cells[i]!);
    if (row.source !== undefined && cells.every((cell) => cell === absent)) continue;
    const next = row.keys.join('\u0000');
    if (next !== condition) out.push('\\addlinespace');
    condition = next;
    out.push(`${[...lead.map((column) => column[i + 1]!), ...cells].join(' & ')} \\\\`);
  }
  return [...out, '\\bottomrule', '\\end{tabular}'].join('\n');
}

/** Points that a column of 3.5 in and a page of 5.5 in have, a little left free. */
const narrow = 3.5 * 72.27 - 6;
const wide = 5.5 * 72.27 - 6;

/** Sizes of type with their share of 10 pt, largest first. */
const sizes = [
  { size: '', share: 1, columnSep: 12 },
  { size: '\\small', share: 0.9, columnSep: 6 },
  { size: '\\footnotesize', share: 0.8, columnSep: 6 },
] as const;

/** Which environment, size of type and tabulars hold the columns: in one column of a page, in both, or below each other. */
function fitting(
  lead: readonly (readonly string[])[],
  numbers: readonly NumberColumn[],
): { readonly environment: string; readonly size: string; readonly blocks: readonly (readonly NumberColumn[])[] } {
  const columnWidth = (texts: readonly string[]) => Math.max(...texts.map(textWidth));
  const leadWidth = lead.reduce((sum, texts) => sum + columnWidth(texts), 0);
  const widthOf = ({ heading, cells }: NumberColumn) => columnWidth([heading, ...cells]);
  const width = (columns: readonly NumberColumn[], { share, columnSep }: (typeof sizes)[number]) =>
    share * columns.reduce((sum, column) => sum + widthOf(column), leadWidth) +
    columnSep * (lead.length + columns.length - 1);
  const fits = (room: number) => sizes.find((size) => width(numbers, size) <= room);
  const inColumn = fits(narrow);
  if (inColumn) return { environment: 'table', size: inColumn.size, blocks: [numbers] };
  const onPage = fits(wide);
  if (onPage) return { environment: 'table*', size: onPage.size, blocks: [numbers] };
  const smallest = sizes.at(-1)!;
  const blocks: NumberColumn[][] = [[]];
  for (const column of numbers) {
    const last = blocks.at(-1)!;
    if (last.length > 0 && width([...last, column], smallest) > wide) blocks.push([column]);
    else last.push(column);
  }
  return { environment: 'table*', size: smallest.size, blocks };
}

/** Width of LaTeX source in points of Computer Modern at 10 pt, a little more than it takes; of two lines the longer one. */
function textWidth(source: string): number {
  const lines = /^\\begin\{tabular\}\[b\]\{@\{\}r@\{\}\}(.*)\\end\{tabular\}$/.exec(source)?.[1]?.split('\\\\');
  if (lines) return Math.max(...lines.map(textWidth));
  const isBold = source.includes('\\mathbf');
  const plain = source
    .replace(/\\cite\{[^}]*\}/g, '[00]')
    .replace(/\\(pm|times|uparrow|downarrow)\b ?/g, 'WW')
    .replace(/\\[A-Za-z]+/g, '')
    .replace(/[${}\\_^]/g, '');
  const width = [...plain].reduce((sum, character) => sum + (/[A-Zmw]/.test(character) ? 7.5 : 5.15), 0);
  return isBold ? 1.16 * width : width;
}

function latexMethod(row: TableRow): string {
  if (row.source === undefined) return latexScheme(row.scheme);
  const source = row.cite === undefined ? `[${escapeLatex(row.source)}]` : `\\cite{${row.cite}}`;
  return `${latexScheme(row.scheme)}, published ${source}`;
}

const absent = '--';

function latexCell(rounded: Rounded | undefined, isBold: boolean): string {
  if (!rounded) return absent;
  const text = rounded.std === undefined ? rounded.mean : `${rounded.mean} \\pm ${rounded.std}`;
  const power = `\\times 10^{${rounded.exponent}}`;
  const whole = rounded.std === undefined ? `${text} ${power}` : `(${text}) ${power}`;
  const shown = rounded.exponent === 0 ? text : whole;
  return isBold ? `$\\mathbf{${shown}}$` : `$${shown}$`;
}

/** A metric over its cells; on two lines where it is longer than they are. */
function latexHeading(metric: Measured, cells: readonly string[]): string {
  const arrows = { lower: ' $\\downarrow$', higher: ' $\\uparrow$', none: '' };
  const words = escapeLatex(metric.label).split(' ');
  const line = words.join(' ') + arrows[metric.better];
  if (words.length < 2 || textWidth(line) <= Math.max(...cells.map(textWidth))) return line;
  const half = Math.ceil(words.length / 2);
  const two = [words.slice(0, half), words.slice(half)].map((part) => part.join(' ')).join('\\\\');
  return `\\begin{tabular}[b]{@{}r@{}}${two}${arrows[metric.better]}\\end{tabular}`;
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
  const cited = new Map(table.rows.flatMap(({ source, cite }) => (source && cite ? [[source, cite] as const] : [])));
  const notes = table.notes.map((note) =>
    escapeLatex(note).replace(/^Published numbers \[(\w+)\]/, (whole, source: string) => {
      const cite = cited.get(source);
      return cite === undefined ? whole : `Published numbers \\cite{${cite}}`;
    }),
  );
  return `${subject}${parts.join(', ')}. ${notes.join(' ')}`;
}

const latexSpecials: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  λ: '$\\lambda$',
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

/** Text that LaTeX prints as it is. */
export function escapeLatex(text: string): string {
  return text.replace(/[\\~^±λ<>|]|[&%$#_{}]/g, (character) => latexSpecials[character] ?? `\\${character}`);
}
