import { metrics as metricTable } from '../metrics/table.ts';
import { describeKey } from '../tables/table.ts';
import { groupBy } from '../util/group.ts';
import { logAxis, magnitudeAxis, shareAxis } from './axes.ts';
import type { FigureSpec } from './render.ts';
import { type FigureData, type FigurePoint, keyLabel, metricLabel, sharedConditions } from './request.ts';
import { dashedMarker, dashMarker, panel, type SeriesStyle, seriesStyles } from './theme.ts';

/** A number as a tooltip shows it. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/**
 * Lines with a band of one standard error: a metric against a numeric key, a colour per series, a panel per facet. On a λ
 * axis, which is logarithmic, a point at λ = 0 is a dashed horizontal line. A scheme without a value to vary is a solid one.
 */
export function lineFigure({ request, points }: FigureData): FigureSpec {
  const { x, y, by, facet } = request;
  const logX = x.startsWith('lambda');
  const lineOf = (point: FigurePoint) => JSON.stringify([point.series, point.facet]);
  const lines = groupBy(points, lineOf);
  const kindOf = (point: FigurePoint) => {
    if (point.x === undefined) return 'reference';
    if (!logX) return 'curve';
    if (lines.get(lineOf(point))!.length === 1) return 'reference';
    return point.x === 0 ? 'zero' : 'curve';
  };
  const data = points.map((point) => ({
    x: point.x ?? null,
    y: point.y,
    low: point.y - point.sem,
    high: point.y + point.sem,
    series: kindOf(point) === 'zero' ? `${point.series}, ${keyLabel(x)} = 0` : point.series,
    facet: point.facet,
    kind: kindOf(point),
    tip: pointText(point, y),
  }));
  const curves = data.filter(({ kind }) => kind === 'curve');
  const scales = seriesScales([...new Set(points.map(({ series }) => series))], {
    flat: new Set(data.filter(({ kind }) => kind === 'reference').map(({ series }) => series)),
    zeros: new Map(data.flatMap(({ series, kind }, i) => (kind === 'zero' ? [[series, points[i]!.series]] : []))),
  });

  const xs = curves.map((point) => point.x as number);
  const ticks = [...new Set(xs)];
  const xAxis = logX
    ? logAxis(xs)
    : { scale: { zero: false, nice: false, padding: 8 }, axis: ticks.length <= 12 ? { values: ticks } : {} };
  const means = data.map((point) => point.y);
  const yAxis =
    metricTable.get(y).unit === 'share'
      ? shareAxis
      : magnitudeAxis(
          means,
          data.flatMap(({ low, high }) => [low, high]),
        );
  const xChannel = { field: 'x', type: 'quantitative', title: keyLabel(x), ...xAxis };
  const yChannel = (field: string) => ({ field, type: 'quantitative', title: metricLabel(y), ...yAxis });
  const title = by === 'scheme' ? null : keyLabel(by);
  const bySeries = (scale: object) => ({ field: 'series', type: 'nominal', title, scale });
  const color = bySeries(scales.colour);
  // not a scale: that would be in the legend and dash the outlines of its markers
  const strokeDash = { field: 'dash', type: 'nominal', scale: null };
  const position = { x: xChannel, y: yChannel('y') };
  const onCurve = [{ filter: "datum.kind === 'curve'" }];
  const layers = [
    {
      transform: onCurve,
      mark: { type: 'area', opacity: 0.18, aria: false },
      encoding: { x: xChannel, y: yChannel('low'), y2: { field: 'high' }, color },
    },
    {
      transform: [{ filter: "datum.kind !== 'curve'" }],
      mark: { type: 'rule', strokeWidth: 1.4 },
      encoding: { y: yChannel('y'), color, strokeDash, description: { field: 'tip' } },
    },
    { transform: onCurve, mark: { type: 'line', aria: false }, encoding: { ...position, color, strokeDash } },
    {
      transform: onCurve,
      mark: { type: 'point' },
      encoding: { ...position, color, shape: bySeries(scales.marker), description: { field: 'tip' } },
    },
  ].filter((_, i) => i !== 1 || curves.length < data.length);
  const rows = points.map(({ row }) => row);
  const dashed = data.map((point) => ({ ...point, dash: scales.dash.get(point.series)! }));
  return framed(layers, dashed, facet && keyLabel(facet), sharedConditions(rows, [x, by, facet]));
}

/** What a tooltip says of a point. */
export function pointText({ row, y, sem, series, x }: FigurePoint, metric: string): string {
  const spread = sem > 0 ? ` ± ${short(sem)} (standard error)` : '';
  const name = series === row.key.scheme ? '' : `${series}: `;
  const place =
    x === undefined ? '' : `${describeKey(row.key, ['scheme', 'K', 'N', 'S', 'E', 'lambda_enc', 'lambda_dec'])}: `;
  return `${name}${place || `${series}: `}${metric} = ${short(y)}${spread}, ${row.trials} trials`;
}

export interface SeriesScales {
  readonly colour: { domain: string[]; range: string[] };
  readonly marker: { domain: string[]; range: string[] };
  /** Dashes by series. */
  readonly dash: ReadonlyMap<string, readonly number[]>;
}

/**
 * Scales that give every series its own style.
 * @param lines.flat series that are horizontal lines
 * @param lines.zeros horizontal dashed lines, by name, each in the colour of another series
 */
export function seriesScales(
  series: readonly string[],
  lines: { readonly flat?: ReadonlySet<string>; readonly zeros?: ReadonlyMap<string, string> } = {},
): SeriesScales {
  const own = new Map(seriesStyles(series).map((style, i) => [series[i]!, style]));
  const styles = new Map<string, SeriesStyle>();
  for (const [name, style] of own) {
    styles.set(name, lines.flat?.has(name) ? { ...style, marker: dashMarker } : style);
    for (const [zero, of] of lines.zeros ?? []) {
      if (of === name) styles.set(zero, { colour: style.colour, marker: dashedMarker, dash: [5, 3] });
    }
  }
  const scale = <T>(pick: (style: SeriesStyle) => T) => ({
    domain: [...styles.keys()],
    range: [...styles.values()].map(pick),
  });
  return {
    colour: scale(({ colour }) => colour),
    marker: scale(({ marker }) => marker),
    dash: new Map([...styles].map(([name, { dash }]) => [name, dash])),
  };
}

/** Text in lines of at most `width` pixels, broken at commas. */
function wrapped(text: string, width: number): string[] {
  const longest = Math.floor(width / 6.3);
  const rows: string[] = [];
  for (const part of text.split(', ')) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + part.length + 2 <= longest) rows[rows.length - 1] = `${last}, ${part}`;
    else rows.push(part);
  }
  return rows.map((row, i) => (i < rows.length - 1 ? `${row},` : row));
}

/**
 * Layers as one panel, or as rows of panels by `datum.facet`.
 * @param options.bands number of bands on a nominal x axis, where there is one; a panel is then as wide as they need
 */
export function framed(
  layer: readonly object[],
  values: readonly { readonly facet: string }[],
  facetTitle: string | undefined,
  subtitle: string,
  options: { readonly bands?: { readonly count: number; readonly step: number } } = {},
): FigureSpec {
  const { bands } = options;
  const data = { values };
  const width = bands ? { step: bands.step, for: 'position' } : undefined;
  const pixels = bands ? Math.max(240, bands.count * bands.step) : panel.width + 130;
  if (facetTitle === undefined) {
    const title = wrapped(subtitle, pixels);
    return { data, title, width: width ?? panel.width, height: panel.height, layer };
  }
  const facets = [...new Set(values.map(({ facet }) => facet))];
  return {
    data,
    title: wrapped(subtitle, 3 * panel.small.width),
    facet: { field: 'facet', type: 'ordinal', title: facetTitle, sort: facets },
    columns: facets.length === 4 ? 2 : 3,
    spec: { width: width ?? panel.small.width, height: panel.small.height, layer },
  };
}
