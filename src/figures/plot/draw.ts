import {
  bottomAxis,
  bottomLabels,
  type Foot,
  type Frame,
  fitBeside,
  grey,
  leftAxis,
  sideTitle,
  sideWidth,
} from './axes.ts';
import { colourBarBlock, legendBlock } from './legend.ts';
import { hatchDefinitions, markSvg, type Projection } from './marks.ts';
import type { Panel, Picture } from './picture.ts';
import { position, type Tick } from './scale.ts';
import { type Sheet, thinnestLine } from './sheet.ts';
import { coordinate as c, svgText, textWidth, wrapped } from './text.ts';

/**
 * Draws a picture.
 * @returns SVG text, the same bytes for the same picture and sheet; on paper exactly as wide as the sheet
 */
export function drawPicture(picture: Picture, sheet: Sheet): string {
  const { tick, label } = sheet.text;
  const columns = columnsOn(picture, sheet);
  const width = sheet.width ?? [440, 640, 820][columns - 1] ?? 900;
  const rows = Math.ceil(picture.panels.length / columns);
  const { left, panelWidth, gutter } = widths(picture, sheet, width, columns);
  const columnLeft = (column: number) => (picture.shared && column > 0 ? 0 : left);
  const panelHeight = picture.rows ? picture.rows * tick : heightFor(picture, panelWidth, sheet);

  const title = sheet.title ? wrapped(picture.title, tick, width - 8) : [];
  const titleHeight = title.length * 1.35 * tick + (title.length > 0 ? 0.4 * tick : 0);
  const legend = legendBlock(picture.legend, picture.legendTitle, sheet, width - 2);
  const bar = colourBarBlock(picture.colourBar, sheet, width - 2);
  const headings = picture.panels.map((panel) =>
    panel.heading ? wrapped(panel.heading, tick, panelWidth + tick) : [],
  );
  const heading =
    Math.max(...headings.map((lines) => lines.length)) * 1.25 * tick + (headings.flat().length > 0 ? 0.4 * tick : 0);
  const top = titleHeight + legend.height + bar.height + 0.6 * tick;

  // rows that share their axis have one title in their middle: it may be longer than a row is high
  const oneTitle = picture.shared && rows > 1;
  const places: string[] = [];
  const clips: string[] = [];
  let y0 = top;
  let lowest = top;
  for (let row = 0; row < rows; row++) {
    const inRow = picture.panels.slice(row * columns, (row + 1) * columns);
    let below = 0;
    let x0 = 0;
    inRow.forEach((panel, column) => {
      const index = row * columns + column;
      x0 += columnLeft(column) + (column > 0 ? gutter : 0);
      const last = !picture.shared || index + columns >= picture.panels.length;
      const frame = { x: x0, y: y0 + heading, width: panelWidth, height: panelHeight };
      const foot = bottomLabels(
        panel.x,
        panelWidth,
        columns > 1 ? panelWidth + 0.5 * gutter : 1.15 * panelWidth,
        sheet,
      );
      clips.push(
        `<clipPath id="panel${index}"><rect x="${c(frame.x)}" y="${c(frame.y)}" width="${c(frame.width)}" height="${c(frame.height)}"/></clipPath>`,
      );
      places.push(
        panelSvg(panel, frame, sheet, {
          id: `panel${index}`,
          heading: headings[index]!,
          left: column === 0 || !picture.shared,
          foot: last ? foot : undefined,
          side: oneTitle ? undefined : left,
        }),
      );
      if (last) below = Math.max(below, foot.height);
      x0 += panelWidth;
    });
    lowest = y0 + heading + panelHeight;
    y0 += heading + panelHeight + (row === rows - 1 || below > 0 ? below : 0) + (row < rows - 1 ? 0.9 * tick : 0);
  }
  const yTitle = picture.panels[0]?.y.title;
  if (oneTitle && yTitle) places.push(sideTitle(yTitle, 1.05 * label, (top + heading + lowest) / 2, sheet));
  const height = Math.ceil(y0 + 0.5 * tick);
  const hatched = picture.panels.flatMap(({ marks }) =>
    marks.flatMap((mark) => (mark.kind === 'rect' && mark.fill.hatched && mark.fill.colour ? [mark.fill.colour] : [])),
  );
  const legendHatched = picture.legend.flatMap(({ fill }) => (fill?.hatched && fill.colour ? [fill.colour] : []));
  const definitions = `<defs>${clips.join('')}${hatchDefinitions([...hatched, ...legendHatched], sheet)}</defs>`;
  const head = [
    ...title.map((line, i) => svgText(1, (1.05 + 1.35 * i) * tick, line, { size: tick, colour: grey.text })),
    `<g transform="translate(1 ${c(titleHeight)})">${legend.svg}</g>`,
    `<g transform="translate(1 ${c(titleHeight + legend.height)})">${bar.svg}</g>`,
  ];
  return svgDocument(width, height, sheet, definitions + head.join('') + places.join(''));
}

/** A whole SVG file. */
export function svgDocument(width: number, height: number, sheet: Sheet, content: string): string {
  const unit = sheet.unit === 'pt' ? 'pt' : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${c(width)}${unit}" height="${c(height)}${unit}" viewBox="0 0 ${c(width)} ${c(height)}"><rect width="${c(width)}" height="${c(height)}" fill="#ffffff"/>${content}</svg>\n`;
}

/** Least space between columns, in sizes of the text. */
const leastGutter = 1.3;

/** Width of a panel, and what is left of it: the numbers and the title of its y axis; on shared axes of the first one only. */
function widths(picture: Picture, sheet: Sheet, width: number, columns: number) {
  const { tick } = sheet.text;
  const left = Math.max(...picture.panels.map(({ y }) => sideWidth(y, sheet)));
  const rightEdge = 0.8 * tick + overhang(picture, sheet);
  const panelsOf = (gutter: number) =>
    (width - left * (picture.shared ? 1 : columns) - gutter * (columns - 1) - rightEdge) / columns;
  const least = leastGutter * tick;
  const gutter = picture.shared ? Math.max(least, ...meeting(picture, sheet, panelsOf(least))) : least;
  return { left, gutter, panelWidth: panelsOf(gutter) };
}

/** Space between columns at which the last number below a panel does not run into the first one of the next. */
function meeting({ panels }: Picture, sheet: Sheet, panelWidth: number): number[] {
  const { tick } = sheet.text;
  return panels.flatMap(({ x: { ticks, scale, bands } }) => {
    const shown = ticks.filter(({ label }) => label.length > 0);
    const [first, last] = [shown[0], shown.at(-1)];
    if (bands || !first || !last) return [];
    const half = ({ label }: Tick) => Math.max(...label.map((line) => textWidth(line, tick))) / 2;
    const inside = panelWidth * (position(scale, first.at) + 1 - position(scale, last.at));
    return [half(first) + half(last) + 0.5 * tick - inside];
  });
}

/** Two thirds of the width, but as high as the title of the y axis is long. */
function heightFor(picture: Picture, width: number, sheet: Sheet): number {
  const { label } = sheet.text;
  const titles = picture.panels.map(({ y }) => (y.title ? textWidth(y.title, label) + label : 0));
  const most = sheet.width === undefined ? 240 : 170;
  return Math.min(most, Math.max(0.68 * width, picture.shared ? 0 : Math.max(...titles)));
}

/** Narrowest panel, in sizes of the text. */
const narrowest = 9.5;

/** Panels beside each other: as many as the picture wants and the sheet has room for. */
function columnsOn(picture: Picture, sheet: Sheet): number {
  const wanted = Math.min(picture.columns, picture.panels.length);
  const { width } = sheet;
  if (width === undefined) return wanted;
  const { tick } = sheet.text;
  for (let columns = wanted; columns > 1; columns--) {
    const { panelWidth } = widths(picture, sheet, width, columns);
    // labels of several lines cannot be slanted
    const isLegible = picture.panels.every(
      ({ x }) => !x.bands || x.ticks.every(({ label }) => label.length < 2) || fitBeside(x.ticks, panelWidth, tick),
    );
    if (panelWidth >= narrowest * tick && isLegible) return columns;
  }
  return 1;
}

/** How far the last label of an x axis stands out over the right edge of its panel. */
function overhang(picture: Picture, sheet: Sheet): number {
  const { tick } = sheet.text;
  const last = picture.panels.map(({ x }) => x.ticks.at(-1)).filter((entry) => entry !== undefined);
  const over = Math.max(0, ...last.flatMap(({ label }) => label.map((line) => textWidth(line, tick) / 2)));
  const bands = picture.panels.some(({ x }) => x.bands);
  return bands ? 0.2 * tick : Math.min(over * 0.7, 2 * tick);
}

function panelSvg(
  { x, y, marks }: Panel,
  frame: Frame,
  sheet: Sheet,
  shown: {
    readonly id: string;
    readonly heading: readonly string[];
    readonly left: boolean;
    readonly foot: Foot | undefined;
    readonly side: number | undefined;
  },
): string {
  const { tick } = sheet.text;
  const project: Projection = {
    x: (value) => frame.x + position(x.scale, value) * frame.width,
    y: (value) => frame.y + (1 - position(y.scale, value)) * frame.height,
  };
  const [right, bottom] = [frame.x + frame.width, frame.y + frame.height];
  const thin = Math.max(thinnestLine, sheet.line * 0.4);
  const grid = [
    ...(x.grid === false ? [] : x.ticks.map(({ at }) => `M${c(project.x(at))} ${c(frame.y)}V${c(bottom)}`)),
    ...(y.grid === false ? [] : y.ticks.map(({ at }) => `M${c(frame.x)} ${c(project.y(at))}H${c(right)}`)),
  ];
  const order = (kinds: readonly string[]) =>
    marks
      .filter((mark) => kinds.includes(mark.kind))
      .map((mark) => markSvg(mark, project, sheet))
      .join('');
  const parts = [
    grid.length > 0 ? `<path d="${grid.join('')}" stroke="${grey.grid}" stroke-width="${c(thin)}" fill="none"/>` : '',
    `<g clip-path="url(#${shown.id})">${order(['rect', 'band', 'rule', 'line'])}</g>`,
    `<rect x="${c(frame.x)}" y="${c(frame.y)}" width="${c(frame.width)}" height="${c(frame.height)}" fill="none" stroke="${grey.frame}" stroke-width="${c(thin)}"/>`,
    order(['point', 'text']),
    ...shown.heading.map((line, i) =>
      svgText(frame.x + frame.width / 2, frame.y - 0.5 * tick - 1.25 * tick * (shown.heading.length - 1 - i), line, {
        size: tick,
        anchor: 'middle',
        colour: grey.title,
      }),
    ),
    shown.left ? leftAxis(y, frame, project, sheet, shown.side) : '',
    shown.foot ? bottomAxis(x, frame, project, sheet, shown.foot) : '',
  ];
  return `<g>${parts.join('')}</g>`;
}
