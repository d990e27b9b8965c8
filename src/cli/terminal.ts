import { isOverSomeQueries } from '../metrics/measured.ts';
import { metrics } from '../metrics/table.ts';
import { visible } from '../util/text.ts';

/** Results on a terminal: tables that fit its width, the best and the worst of a condition in colour. */

/** What a terminal can do. */
interface Terminal {
  /** Characters of a line. */
  readonly width: number;
  readonly colour: boolean;
}

/** Prints results with pipe tables in them: as they are into a pipe or a file, fitted to a terminal. */
export function printTables(text: string): void {
  const terminal = ownTerminal();
  process.stdout.write(terminal ? onTerminal(visible(text), terminal) : visible(text));
}

/** Undefined where stdout is none. `NO_COLOR` (no-color.org) and `TERM=dumb` switch colours off. */
function ownTerminal(): Terminal | undefined {
  const { isTTY, columns } = process.stdout;
  if (isTTY !== true || !columns) return undefined;
  return { width: columns, colour: !process.env.NO_COLOR && process.env.TERM !== 'dumb' };
}

/** A text as a terminal shows it; what fits and has no best stays as it is. */
export function onTerminal(text: string, { width, colour }: Terminal): string {
  const out: string[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]!.startsWith('| ') || !/^\|[:|-]+\|$/.test(lines[at + 1] ?? '')) {
      out.push(...wrapped(lines[at]!, width));
      continue;
    }
    let end = at;
    while (lines[end]?.startsWith('|')) end++;
    out.push(...tableLines(lines.slice(at, end), width, colour));
    at = end - 1;
  }
  return out.join('\n');
}

/** The cells of a line with their padding. */
function cellsOf(line: string): string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/);
}

/** A table as one or, below each other, several that fit; those have the columns up to the left-aligned one in common. */
function tableLines(lines: readonly string[], width: number, colour: boolean): string[] {
  const rows = lines.map(cellsOf);
  const lead = rows[1]!.findIndex((rule) => rule.startsWith(':')) + 1;
  const lengths = rows[0]!.map((cell) => [...cell].length + 1);
  const total = (columns: readonly number[]) => columns.reduce((sum, column) => sum + lengths[column]!, 1);
  const leading = lengths.map((_, i) => i).slice(0, lead);
  const blocks: number[][] = [[]];
  for (let column = lead; column < lengths.length; column++) {
    const last = blocks.at(-1)!;
    if (last.length > 0 && total([...leading, ...last, column]) > width) blocks.push([column]);
    else last.push(column);
  }
  const shown = colour ? coloured(rows, lead) : rows;
  return blocks.flatMap((block, i) => [
    ...(i > 0 ? [''] : []),
    ...shown.map((row) => `|${[...leading, ...block].map((column) => row[column]).join('|')}|`),
  ]);
}

const green = '\x1b[32m';
const red = '\x1b[31m';
const plain = '\x1b[39m';

/** Headings of columns in which each scheme is over queries of its own: the highest number is not the best there. */
const uncoloured = metrics.entries.filter(isOverSomeQueries).map(({ label }) => label);

/** Paints the best mean of each condition green and the worst red, where an arrow says which way is better. */
function coloured(rows: readonly (readonly string[])[], lead: number): string[][] {
  const painted = rows.map((row) => [...row]);
  const ours = rows.flatMap((row, i) => (i > 1 && !/, published \[/.test(row[lead - 1]!) ? [i] : []));
  const condition = (i: number) => rows[i]!.slice(0, lead - 1).join('|');
  for (const name of new Set(ours.map(condition))) {
    const members = ours.filter((i) => condition(i) === name);
    for (let column = lead; column < rows[0]!.length; column++) {
      const heading = rows[0]![column]!;
      const arrow = uncoloured.some((label) => heading.includes(label)) ? undefined : /[↓↑]/.exec(heading)?.[0];
      const means = members.map((i) => meanOf(rows[i]![column]!)).filter(Number.isFinite);
      const [low, high] = [Math.min(...means), Math.max(...means)];
      if (!arrow || means.length < 2 || low === high) continue;
      for (const i of members) {
        const mean = meanOf(rows[i]![column]!);
        if (mean !== low && mean !== high) continue;
        const isBest = (mean === low) === (arrow === '↓');
        painted[i]![column] = `${isBest ? green : red}${rows[i]![column]}${plain}`;
      }
    }
  }
  return painted;
}

/** The mean of `8.69 ± 13.14` or `(1.2 ± 0.3)e-7`; NaN for what is no number. */
function meanOf(cell: string): number {
  const [, mean, power = ''] = /^[\s(*]*(-?[\d.]+)(?: ± [\d.]+)?[)*]*(e-?\d+)?[*\s]*$/.exec(cell) ?? [];
  return mean === undefined ? Number.NaN : Number(mean + power);
}

/** A line broken at spaces, its further parts indented. */
function wrapped(line: string, width: number): string[] {
  if ([...line].length <= width) return [line];
  const lines: string[] = [];
  let rest = line;
  while ([...rest].length > width) {
    const cut = rest.lastIndexOf(' ', width);
    if (cut <= 4) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = `    ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}
