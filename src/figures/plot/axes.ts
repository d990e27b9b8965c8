import type { Projection } from './marks.ts';
import type { Axis } from './picture.ts';
import type { Tick } from './scale.ts';
import { type Sheet, thinnestLine } from './sheet.ts';
import { coordinate as c, svgText, textWidth, wrapped } from './text.ts';

/** Numbers, ticks and titles of the axes of a panel. */

export const grey = { frame: '#767676', grid: '#dedede', text: '#222222', title: '#000000' } as const;

/** Where a panel lies on the sheet. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room that the numbers and the title of a y axis take. */
export function sideWidth({ title, ticks }: Axis, sheet: Sheet): number {
  const { tick, label } = sheet.text;
  const numbers = Math.max(0, ...ticks.flatMap(({ label: lines }) => lines.map((line) => textWidth(line, tick))));
  return numbers + 0.9 * tick + (title ? 1.5 * label : 0);
}

/** What stands below a panel. */
export interface Foot {
  readonly slanted: boolean;
  readonly height: number;
  /** Lines of a title that is wider than its panel. */
  readonly title: readonly string[];
}

/** Whether the labels of bands fit beside each other. */
export function fitBeside(ticks: readonly Tick[], width: number, size: number): boolean {
  const widest = Math.max(0, ...ticks.flatMap(({ label }) => label.map((line) => textWidth(line, size))));
  return widest <= width / ticks.length - 0.4 * size;
}

/** @param room most that a line of the title may take */
export function bottomLabels({ ticks, bands, title }: Axis, width: number, room: number, sheet: Sheet): Foot {
  const { tick, label } = sheet.text;
  const lines = Math.max(1, ...ticks.map((entry) => entry.label.length));
  const slanted = bands === true && !fitBeside(ticks, width, tick);
  const widest = Math.max(0, ...ticks.map((entry) => textWidth(entry.label.join(', '), tick)));
  const numbers = slanted ? 0.72 * widest + 1.3 * tick : 0.7 * tick + lines * 1.2 * tick;
  const titleLines = title ? wrapped(title, label, room) : [];
  return { slanted, title: titleLines, height: numbers + titleLines.length * 1.35 * label + (title ? 0.2 * label : 0) };
}

/** The title of a y axis, turned, with its middle at a place. */
export function sideTitle(title: string, x: number, y: number, sheet: Sheet): string {
  return svgText(x, y, title, { size: sheet.text.label, anchor: 'middle', turn: -90, colour: grey.title });
}

/** @param side room left of the panel, for the title; absent where the title stands elsewhere */
export function leftAxis(
  { ticks, title, bands }: Axis,
  frame: Frame,
  project: Projection,
  sheet: Sheet,
  side: number | undefined,
): string {
  const { tick, label } = sheet.text;
  const labelled = bands
    ? ticks
    : apart(
        ticks,
        ({ at }) => project.y(at),
        () => 1.15 * tick,
      );
  const numbers = labelled.flatMap(({ at, label: lines }) =>
    lines.map((line, i) =>
      svgText(frame.x - 0.5 * tick, project.y(at) + (0.36 + 1.15 * (i - (lines.length - 1) / 2)) * tick, line, {
        size: tick,
        anchor: 'end',
      }),
    ),
  );
  const name =
    title && side !== undefined
      ? sideTitle(title, frame.x - side + 1.05 * label, frame.y + frame.height / 2, sheet)
      : '';
  return (
    tickMarks(bands ? [] : ticks.map(({ at }) => `M${c(frame.x)} ${c(project.y(at))}h${c(-0.3 * tick)}`), sheet) +
    numbers.join('') +
    name
  );
}

export function bottomAxis(
  { ticks, title, bands }: Axis,
  frame: Frame,
  project: Projection,
  sheet: Sheet,
  foot: Foot,
): string {
  const { tick, label } = sheet.text;
  const bottom = frame.y + frame.height;
  const width = ({ label: lines }: { readonly label: readonly string[] }) =>
    Math.max(0, ...lines.map((line) => textWidth(line, tick)));
  const labelled = bands
    ? ticks
    : apart(
        ticks,
        ({ at }) => project.x(at),
        (entry) => width(entry) + 0.5 * tick,
      );
  const numbers = labelled.flatMap(({ at, label: lines }) =>
    foot.slanted
      ? [
          svgText(project.x(at) + 0.3 * tick, bottom + 0.9 * tick, lines.join(', '), {
            size: tick,
            anchor: 'end',
            turn: -45,
          }),
        ]
      : lines.map((line, i) =>
          svgText(project.x(at), bottom + (1.3 + 1.2 * i) * tick, line, { size: tick, anchor: 'middle' }),
        ),
  );
  const below = bottom + foot.height - (foot.title.length - 1) * 1.35 * label - 0.3 * label;
  const name = foot.title.map((line, i) =>
    svgText(frame.x + frame.width / 2, below + 1.35 * i * label, line, {
      size: label,
      anchor: 'middle',
      colour: grey.title,
    }),
  );
  return (
    tickMarks(bands ? [] : ticks.map(({ at }) => `M${c(project.x(at))} ${c(bottom)}v${c(0.3 * tick)}`), sheet) +
    numbers.join('') +
    (title ? name.join('') : '')
  );
}

function tickMarks(paths: readonly string[], sheet: Sheet): string {
  if (paths.length === 0) return '';
  return `<path d="${paths.join('')}" stroke="${grey.frame}" stroke-width="${c(Math.max(thinnestLine, sheet.line * 0.4))}" fill="none"/>`;
}

/** Those of the entries whose labels do not run into each other, the first one always. */
function apart<T extends { readonly label: readonly string[] }>(
  entries: readonly T[],
  place: (entry: T) => number,
  size: (entry: T) => number,
): T[] {
  const kept: T[] = [];
  for (const entry of entries) {
    if (entry.label.length === 0) continue;
    const last = kept.at(-1);
    if (last && Math.abs(place(entry) - place(last)) < (size(entry) + size(last)) / 2) continue;
    kept.push(entry);
  }
  return kept;
}
