import type { Measured } from '../metrics/measured.ts';
import { files, type KeyColumn } from '../results/schema.ts';
import { plainKeys, type Rounded, rounding } from './cells.ts';
import { tableFormat } from './format.ts';
import type { PaperTable, TableGroup } from './table.ts';

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
    out.push(`${[...plainKeys(table, row).map(escapeLatex), name, ...cells].join(' & ')} \\\\`);
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

function latexHeading(metric: Measured): string {
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
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

/** Text that LaTeX prints as it is. */
export function escapeLatex(text: string): string {
  return text.replace(/[\\~^±λ<>|]|[&%$#_{}]/g, (character) => latexSpecials[character] ?? `\\${character}`);
}
