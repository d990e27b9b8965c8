import { fillSvg, markerSvg, strokeSvg } from './marks.ts';
import type { ColourBar, LegendItem } from './picture.ts';
import type { Sheet } from './sheet.ts';
import { coordinate as c, svgText, textWidth } from './text.ts';

/** A block of SVG whose upper left corner is at (0, 0). */
export interface Block {
  readonly svg: string;
  readonly height: number;
}

const nothing: Block = { svg: '', height: 0 };

/** Entries in columns: row by row, or column by column where only then as many columns fit. */
export function legendBlock(
  items: readonly LegendItem[],
  title: string | undefined,
  sheet: Sheet,
  width: number,
): Block {
  if (items.length === 0) return nothing;
  const size = sheet.text.tick;
  const sample = items.some(({ stroke }) => stroke) ? 2.4 * size : 1.2 * size;
  const gap = 0.4 * size;
  const rowHeight = 1.4 * size;
  const heading = title ? textWidth(title, size) + 0.9 * size : 0;
  const widths = items.map(({ label }) => sample + gap + textWidth(label, size) + 1.2 * size);
  const { columns, rows, place } = legendColumns(widths, width - heading + 1.2 * size);
  const parts = items.map((item, i) => {
    const { column, row } = place(i);
    const x = heading + columns.slice(0, column).reduce((sum, part) => sum + part, 0);
    const y = (row + 0.5) * rowHeight;
    return `${sampleSvg(item, x, y, sample, sheet)}${svgText(x + sample + gap, y + 0.36 * size, item.label, { size })}`;
  });
  if (title) parts.unshift(svgText(0, 0.5 * rowHeight + 0.36 * size, title, { size, colour: '#000000' }));
  return { svg: parts.join(''), height: rows * rowHeight + 0.5 * size };
}

/** Where the entries of a legend stand. */
interface Arrangement {
  /** Widths of the columns. */
  readonly columns: readonly number[];
  readonly rows: number;
  readonly place: (entry: number) => { readonly column: number; readonly row: number };
}

/** As many columns as fit, as even in number as the rows allow. */
function legendColumns(widths: readonly number[], width: number): Arrangement {
  const arranged = (rows: number, count: number, place: Arrangement['place']): Arrangement => ({
    columns: Array.from({ length: count }, (_, column) =>
      Math.max(...widths.filter((_, i) => place(i).column === column)),
    ),
    rows,
    place,
  });
  for (let count = widths.length; count > 1; count--) {
    const rows = Math.ceil(widths.length / count);
    const even = Math.ceil(widths.length / rows);
    const across = arranged(rows, even, (i) => ({ column: i % even, row: Math.floor(i / even) }));
    const down = arranged(rows, even, (i) => ({ column: Math.floor(i / rows), row: i % rows }));
    const fits = [across, down].find(({ columns }) => columns.reduce((sum, part) => sum + part, 0) <= width);
    if (fits) return fits;
  }
  return arranged(widths.length, 1, (row) => ({ column: 0, row }));
}

function sampleSvg(item: LegendItem, x: number, y: number, width: number, sheet: Sheet): string {
  const { stroke, marker, fill, colour } = item;
  const line = stroke ? `<path d="M${c(x)} ${c(y)}L${c(x + width)} ${c(y)}" ${strokeSvg(stroke, sheet.line)}/>` : '';
  const side = sheet.text.tick;
  const box = fill
    ? `<rect x="${c(x)}" y="${c(y - side / 2)}" width="${c(side)}" height="${c(side)}" ${fillSvg(fill, sheet)}/>`
    : '';
  const dot = marker ? markerSvg(x + width / 2, y, marker, stroke?.colour ?? colour ?? '#222222', sheet.marker) : '';
  return line + box + dot;
}

/** A bar of colours with its numbers. */
export function colourBarBlock(bar: ColourBar | undefined, sheet: Sheet, width: number): Block {
  if (!bar) return nothing;
  const size = sheet.text.tick;
  const start = textWidth(bar.title, size) + 0.8 * size;
  const length = Math.min(20 * size, width - start - 2 * size);
  const stops = Array.from({ length: 17 }, (_, i) => `<stop offset="${i / 16}" stop-color="${bar.colour(i / 16)}"/>`);
  const parts = [
    `<defs><linearGradient id="bar" x1="0" y1="0" x2="1" y2="0">${stops.join('')}</linearGradient></defs>`,
    svgText(0, 0.95 * size, bar.title, { size, colour: '#000000' }),
    `<rect x="${c(start)}" y="${c(0.15 * size)}" width="${c(length)}" height="${c(size)}" fill="url(#bar)"/>`,
    ...bar.ticks.map(({ share, label }) =>
      svgText(start + share * length, 2.2 * size, label, { size, anchor: 'middle' }),
    ),
  ];
  return { svg: parts.join(''), height: 2.9 * size };
}
