import type { Fill, Mark, Marker, Place, Stroke } from './picture.ts';
import { type Sheet, thinnestLine } from './sheet.ts';
import { coordinate as c, escapeXml, svgText } from './text.ts';

/** From the units of the data to places on the sheet. */
export interface Projection {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Corners of a marker in units of half its size; a circle has none. */
const outlines: Readonly<Record<Exclude<Marker['shape'], 'circle'>, readonly (readonly [number, number])[]>> = {
  square: polygon(4, 45, 1.25),
  up: polygon(3, -90, 1.5),
  diamond: polygon(4, 0, 1.35),
  down: polygon(3, 90, 1.5),
  plus: cross(0),
  right: polygon(3, 0, 1.5),
  left: polygon(3, 180, 1.5),
  cross: cross(45),
  star: polygon(5, -90, 1.4).flatMap((corner, i) => [corner, polygon(5, -54, 0.6)[i]!]),
  hexagon: polygon(6, 30, 1.15),
  bar: [
    [-1.4, -0.4],
    [1.4, -0.4],
    [1.4, 0.4],
    [-1.4, 0.4],
  ],
};

function polygon(corners: number, start: number, radius: number): [number, number][] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = ((start + (360 * i) / corners) * Math.PI) / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

function cross(turn: number): [number, number][] {
  const [arm, half] = [1.3, 0.42];
  const right: [number, number][] = [
    [half, -half],
    [arm, -half],
    [arm, half],
  ];
  return [0, 90, 180, 270].flatMap((quarter) =>
    right.map(([x, y]): [number, number] => {
      const angle = ((quarter + turn) * Math.PI) / 180;
      return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
    }),
  );
}

export function markerSvg(x: number, y: number, marker: Marker, colour: string, size: number, tip?: string): string {
  const edge = Math.max(thinnestLine, size / 6);
  const paint = marker.hollow
    ? `fill="#ffffff" stroke="${colour}" stroke-width="${c(edge)}"`
    : `fill="${colour}" stroke="#ffffff" stroke-width="${c(Math.max(thinnestLine, size / 12))}"`;
  const half = size / 2;
  if (marker.shape === 'circle') {
    return tipped(`circle cx="${c(x)}" cy="${c(y)}" r="${c(half)}" ${paint}`, 'circle', tip);
  }
  const corners = outlines[marker.shape].map(([dx, dy]) => `${c(x + half * dx)} ${c(y + half * dy)}`);
  return tipped(`path d="M${corners.join('L')}Z" ${paint}`, 'path', tip);
}

/** An element with a `<title>`, which browsers show as its tooltip. */
function tipped(element: string, name: string, tip: string | undefined): string {
  return tip === undefined ? `<${element}/>` : `<${element}><title>${escapeXml(tip)}</title></${name}>`;
}

export function strokeSvg({ colour, dash }: Stroke, width: number): string {
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.map((length) => c(length * width)).join(' ')}"` : '';
  return `stroke="${colour}" stroke-width="${c(width)}"${dashes} fill="none"`;
}

/** Name of the pattern that hatches in a colour. */
function hatchId(colour: string): string {
  return `hatch-${colour.slice(1)}`;
}

/** The patterns that marks ask for. */
export function hatchDefinitions(colours: Iterable<string>, sheet: Sheet): string {
  const step = 3.2 * sheet.line;
  return [...new Set(colours)]
    .map(
      (colour) =>
        `<pattern id="${hatchId(colour)}" width="${c(step)}" height="${c(step)}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="${c(step)}" height="${c(step)}" fill="#ffffff"/><rect width="${c(step * 0.38)}" height="${c(step)}" fill="${colour}"/></pattern>`,
    )
    .join('');
}

export function fillSvg({ colour, outline, opacity = 1, hatched, heavy }: Fill, sheet: Sheet): string {
  const paint = hatched && colour ? `url(#${hatchId(colour)})` : (colour ?? 'none');
  const edge = outline
    ? ` stroke="${outline}" stroke-width="${c(Math.max(thinnestLine, sheet.line * (heavy ? 1.4 : 0.5)))}"`
    : '';
  return `fill="${paint}"${opacity < 1 && !hatched ? ` fill-opacity="${opacity}"` : ''}${edge}`;
}

/** The SVG of a mark. */
export function markSvg(mark: Mark, { x, y }: Projection, sheet: Sheet): string {
  const at = (place: Place) => `${c(x(place.x))} ${c(y(place.y))}`;
  switch (mark.kind) {
    case 'line':
      return `<path d="M${mark.points.map(at).join('L')}" stroke-linejoin="round" ${strokeSvg(mark.stroke, sheet.line)}/>`;
    case 'band': {
      const above = mark.points.map((place) => at({ x: place.x, y: place.high }));
      const below = mark.points.map((place) => at({ x: place.x, y: place.low })).reverse();
      return `<path d="M${[...above, ...below].join('L')}Z" fill="${mark.colour}" fill-opacity="0.18"/>`;
    }
    case 'rule': {
      const line = `path d="M${at(mark.from)}L${at(mark.to)}" ${strokeSvg(mark.stroke, mark.thin ? Math.max(thinnestLine, sheet.line * 0.6) : sheet.line)}`;
      return tipped(line, 'path', mark.tip);
    }
    case 'point':
      return markerSvg(x(mark.x), y(mark.y), mark.marker, mark.colour, sheet.marker * (mark.small ? 0.8 : 1), mark.tip);
    case 'rect': {
      const [left, right] = [x(mark.x[0]), x(mark.x[1])].sort((a, b) => a - b) as [number, number];
      const [top, bottom] = [y(mark.y[0]), y(mark.y[1])].sort((a, b) => a - b) as [number, number];
      const element = `rect x="${c(left)}" y="${c(top)}" width="${c(right - left)}" height="${c(bottom - top)}" ${fillSvg(mark.fill, sheet)}`;
      return tipped(element, 'rect', mark.tip);
    }
    case 'text': {
      const { tick } = sheet.text;
      const middle = mark.above ? -0.35 * tick : 0.36 * tick;
      const style = { size: tick, anchor: mark.anchor ?? 'middle', ...(mark.colour && { colour: mark.colour }) };
      return svgText(x(mark.x), y(mark.y) + middle, mark.text, style);
    }
  }
}
