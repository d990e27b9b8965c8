import { metrics } from '../../metrics/table.ts';
import type { SummaryRow } from '../../results/read.ts';
import { cellText, isNumericKey, keyLabel, metricLabel, numberText, sharedConditions, valueText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { LegendItem, Mark, Picture, Stroke } from '../plot/picture.ts';
import { type AxisChoice, hasBand, linearAxis, logAxis, magnitudeAxis, type Scale } from '../plot/scale.ts';
import type { FigureData } from '../request.ts';
import type { Line } from '../series.ts';

/** A value of a series with its standard error. */
export interface SeriesPoint {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly tip: string;
}

/**
 * Lines with a band of one standard error: a metric against a number, a style per series. On a λ axis, which is logarithmic,
 * a cell at λ = 0 is a dashed horizontal line; a scheme without a value to vary is one with its own dash. Cells that differ in more
 * than x are points that no line joins.
 */
export function linePicture({ request, arrangement }: FigureData, styles: ReadonlyMap<string, Style>): Picture {
  const { x, y, by } = request;
  const panels = arrangement.panels.map(({ heading, lines }) => ({
    heading,
    parts: lines.map((line) => lineParts(line, request)),
  }));
  const parts = panels.flatMap((panel) => panel.parts);
  const xAxis = numberAxis(
    x,
    parts.flatMap(({ curve }) => curve.map((point) => point.x)),
  );
  const rows = arrangement.panels.flatMap(({ lines }) => lines.flatMap((line) => line.rows));
  const yAxis = valueAxis(rows, y);
  return {
    panels: panels.map((panel) => ({
      ...(panel.heading && { heading: panel.heading }),
      x: { ...xAxis, title: keyLabel(x), grid: false },
      y: { ...yAxis, title: metricLabel(y) },
      marks: panel.parts.flatMap((part) => partMarks(part, styles.get(part.series)!, yAxis.scale)),
    })),
    columns: columnsFor(panels.length),
    shared: true,
    legend: [
      ...new Map(
        parts.flatMap((part) => legendOf(part, styles.get(part.series)!, x)).map((item) => [item.label, item]),
      ).values(),
    ],
    ...(by !== 'scheme' && { legendTitle: keyLabel(by) }),
    title: sharedConditions(rows, [x, by]),
  };
}

/** Panels beside each other on a wide sheet. */
export function columnsFor(panels: number): number {
  return panels === 4 ? 2 : Math.min(3, panels);
}

interface LineParts {
  readonly series: string;
  /** What the legend says; for cells that are not joined also what else changes along x. */
  readonly label: string;
  readonly curve: readonly SeriesPoint[];
  readonly joined: boolean;
  /** Horizontal lines: at λ = 0, or of a scheme without a value of x. */
  readonly zero?: SeriesPoint;
  readonly reference?: SeriesPoint;
}

function lineParts({ series, rows, along }: Line, { x, y, by }: FigureData['request']): LineParts {
  const logarithmic = x.startsWith('lambda');
  const point = (row: SummaryRow): SeriesPoint => {
    const { mean, sem } = row.metrics.get(y)!;
    const spread = sem > 0 ? sem : 0;
    const place = isNumericKey(x) ? row.key[x] : undefined;
    return { x: place ?? Number.NaN, mean, low: mean - spread, high: mean + spread, tip: cellText(row, y) };
  };
  const points = rows.map(point).sort((a, b) => a.x - b.x);
  const changes = along.map((key) => `${key} = ${[...new Set(rows.map((row) => valueText(row.key, key)))].join(', ')}`);
  const label = by === 'scheme' ? series : valueText(rows[0]!.key, by);
  const base = {
    series,
    label: changes.length > 0 ? `${label} (${changes.join('; ')})` : label,
    joined: along.length === 0,
  };
  if (points.length === 1 && (logarithmic || Number.isNaN(points[0]!.x)))
    return { ...base, curve: [], reference: points[0]! };
  const zero = logarithmic ? points.find((entry) => entry.x === 0) : undefined;
  return { ...base, curve: points.filter((entry) => entry !== zero && !Number.isNaN(entry.x)), ...(zero && { zero }) };
}

/** Dashes of the line at λ = 0: those of the scheme with wider gaps, so that those of variants, of one colour, differ too. */
function zeroDash({ dash }: Style): readonly number[] {
  return dash.length === 0 ? [5, 3] : dash.map((length, i) => (i % 2 === 0 ? length : 2.5 * length));
}

function partMarks({ series, curve, joined, zero, reference }: LineParts, style: Style, yScale: Scale): Mark[] {
  const level = (point: SeriesPoint, stroke: Stroke): Mark => ({
    kind: 'rule',
    from: { x: -Infinity, y: point.mean },
    to: { x: Infinity, y: point.mean },
    stroke,
    tip: point.tip,
  });
  return [
    ...(zero ? [level(zero, { colour: style.colour, dash: zeroDash(style) })] : []),
    ...(reference ? [level(reference, { colour: style.colour, dash: style.dash })] : []),
    ...curveMarks(curve, series, style, joined, yScale),
  ];
}

/** Band, line and points of a series. Where the band would reach 0 on a logarithmic axis, a point has a bar of its own. */
export function curveMarks(
  curve: readonly SeriesPoint[],
  series: string,
  style: Style,
  joined: boolean,
  yScale: Scale,
): Mark[] {
  const { colour, dash, marker } = style;
  const banded = ({ mean, high }: SeriesPoint) =>
    joined && (yScale.kind !== 'log' && yScale.kind !== 'decades' ? true : hasBand(mean, high - mean));
  const runs: SeriesPoint[][] = [];
  curve.forEach((point, i) => {
    if (!banded(point)) return;
    const previous = curve[i - 1];
    if (previous && banded(previous)) runs.at(-1)!.push(point);
    else runs.push([point]);
  });
  const inRun = new Set(runs.filter((run) => run.length > 1).flat());
  return [
    ...runs.filter((run) => run.length > 1).map((points): Mark => ({ kind: 'band', points, colour })),
    ...curve
      .filter((point) => !inRun.has(point) && point.high > point.low)
      .map(({ x, low, high }): Mark => {
        const end = low <= 0 && yScale.kind !== 'linear' ? -Infinity : low;
        return { kind: 'rule', from: { x, y: end }, to: { x, y: high }, stroke: { colour, dash: [] }, thin: true };
      }),
    ...(joined && curve.length > 1
      ? [
          {
            kind: 'line',
            points: curve.map(({ x, mean }) => ({ x, y: mean })),
            stroke: { colour, dash },
            series,
          } as const,
        ]
      : []),
    ...curve.map(({ x, mean, tip }): Mark => ({ kind: 'point', x, y: mean, marker, colour, tip })),
  ];
}

function legendOf(
  { label, curve, joined, zero, reference }: LineParts,
  style: Style,
  x: FigureData['request']['x'],
): LegendItem[] {
  const { colour, dash, marker } = style;
  return [
    ...(curve.length > 0 ? [{ label, marker, colour, ...(joined && { stroke: { colour, dash } }) }] : []),
    ...(reference ? [{ label, stroke: { colour, dash } }] : []),
    ...(zero ? [{ label: `${label}, ${keyLabel(x)} = 0`, stroke: { colour, dash: zeroDash(style) } }] : []),
  ];
}

/** An axis of a key: its own values where they are few, whole numbers in between; logarithmic for λ and for values that grow by a factor. */
export function numberAxis(key: string, values: readonly number[]): AxisChoice {
  if (key.startsWith('lambda')) return logAxis(values);
  const own = [...new Set(values)].sort((a, b) => a - b);
  const axis = growsByFactor(own) ? logAxis(own) : linearAxis(own, { whole: true, count: 6 });
  return own.length <= 12 ? { ...axis, ticks: own.map((at) => ({ at, label: [numberText(at)] })) } : axis;
}

/** Whether values grow by about one factor, as 64, 128, …, 1024 do: a linear axis would lay the first three of those in its first fifth. */
function growsByFactor(ascending: readonly number[]): boolean {
  const factors = ascending.slice(1).map((value, i) => value / ascending[i]!);
  const least = Math.min(...factors);
  // over less than a sixteenfold a linear axis keeps them apart
  const wide = ascending[0]! > 0 && ascending.at(-1)! >= 16 * ascending[0]!;
  return wide && least >= halfAgain && Math.max(...factors) <= halfAgain * least;
}

const halfAgain = 1.5;

/** The axis of a metric: shares near their values, magnitudes as `magnitudeAxis` says. */
export function valueAxis(rows: readonly SummaryRow[], metric: FigureData['request']['y']): AxisChoice {
  const values = rows.map((row) => {
    const { mean, sem } = row.metrics.get(metric)!;
    return { mean, sem: sem > 0 ? sem : 0 };
  });
  if (metrics.get(metric).unit !== 'share') return magnitudeAxis(values);
  return linearAxis(values.flatMap(({ mean, sem }) => [mean - sem, mean + sem]));
}
