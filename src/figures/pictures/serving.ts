import type { DistributionRow } from '../../results/distribution.ts';
import type { SummaryRow } from '../../results/read.ts';
import { groupBy } from '../../util/group.ts';
import { parseOptions } from '../../util/option-text.ts';
import type { Figure } from '../figure.ts';
import { numberText } from '../labels.ts';
import { type Style, seriesStyles } from '../palette.ts';
import type { LegendItem, Mark, Panel, Picture } from '../plot/picture.ts';
import { type AxisChoice, linearAxis, logAxis } from '../plot/scale.ts';
import { columnsFor, curveMarks, type SeriesPoint } from './lines.ts';

/** A load point of a scheme, in milliseconds. */
interface LoadPoint {
  readonly series: string;
  readonly rate: number;
  readonly N: number;
  readonly p99: number;
  /** Standard error. */
  readonly p99Error: number;
  readonly accuracy: number;
  readonly accuracyError: number;
}

/**
 * Figures of a run of `kind: serving`: p99 against load, p99 against accuracy at each load, and the tail of latency.
 * @param distribution rows of `distribution.csv`; none where the folder keeps its summary only
 */
export function servingFigures(rows: readonly SummaryRow[], distribution: readonly DistributionRow[]): Figure[] {
  const seriesOf = seriesNames(rows.map(({ key }) => key));
  const points = rows.flatMap((row): LoadPoint[] => {
    const [p99, accuracy] = [row.metrics.get('p99_s'), row.metrics.get('accuracy')];
    const rate = Number(parseOptions(row.key.options).get('rate'));
    if (!p99 || !Number.isFinite(p99.mean)) return [];
    return [
      {
        series: seriesOf(row.key),
        rate,
        N: row.key.N ?? Number.NaN,
        p99: 1e3 * p99.mean,
        p99Error: 1e3 * (p99.sem > 0 ? p99.sem : 0),
        accuracy: 100 * (accuracy?.mean ?? Number.NaN),
        accuracyError: 100 * (accuracy && accuracy.sem > 0 ? accuracy.sem : 0),
      },
    ];
  });
  if (points.length === 0) return [];
  const styles = seriesStyles([...new Set(points.map(({ series }) => series))]);
  const title = [rows[0]!.key.model, rows[0]!.key.dataset, rows[0]!.key.stragglers].join(', ');
  const loads = new Set(points.map(({ rate }) => rate)).size;
  const hasAccuracy = points.some(({ accuracy }) => Number.isFinite(accuracy));
  const tail = distribution.filter(({ latency }) => latency > 0);
  return [
    ...(loads > 1 ? [againstLoad(points, styles, title)] : []),
    ...(hasAccuracy ? [againstAccuracy(points, styles, title)] : []),
    ...(tail.length > 0 ? [tailFigure(tail, seriesOf, styles, title)] : []),
  ];
}

/** What tells cells of one load apart: the scheme, and what else differs within it. */
function seriesNames(
  keys: readonly { readonly scheme: string; readonly options: string; readonly N?: number | undefined }[],
) {
  const several = new Set(keys.map(({ options }) => parseOptions(options).get('need'))).size > 2;
  return ({ scheme, options }: { readonly scheme: string; readonly options: string }): string => {
    const need = parseOptions(options).get('need');
    return need !== undefined && several ? `${scheme}, any ${need}` : scheme;
  };
}

/** Panels by the number of tasks, where it is swept. */
function byN<T extends { readonly N: number }>(
  points: readonly T[],
  panel: (own: readonly T[]) => Omit<Panel, 'heading'>,
): Panel[] {
  const groups = [...groupBy(points, ({ N }) => String(N))];
  return groups.map(([N, own]) => ({ ...(groups.length > 1 && { heading: `N = ${N}` }), ...panel(own) }));
}

function legendOf(series: Iterable<string>, styles: ReadonlyMap<string, Style>, lines: boolean): LegendItem[] {
  return [...new Set(series)].map((label) => {
    const { colour, dash, marker } = styles.get(label)!;
    return { label, marker, colour, ...(lines && { stroke: { colour, dash } }) };
  });
}

/**
 * The points with series as one whose latency is everywhere the same: codes that wait for as many of as many answers, of which
 * all but the last drawn would be hidden. @returns the style of the last for all
 */
function coinciding(
  points: readonly LoadPoint[],
  styles: ReadonlyMap<string, Style>,
): [LoadPoint[], Map<string, Style>] {
  const curves = [...groupBy(points, ({ series }) => series)];
  const same = groupBy(curves, ([, own]) =>
    own.map(({ rate, N, p99, p99Error }) => [rate, N, p99, p99Error]).join(';'),
  );
  const merged = [...same.values()].map((curvesOfOne) => {
    const names = curvesOfOne.map(([series]) => series);
    return { names, label: jointLabel(names), own: curvesOfOne[0]![1] };
  });
  return [
    merged.flatMap(({ label, own }) => own.map((point) => ({ ...point, series: label }))),
    new Map(merged.map(({ names, label }) => [label, styles.get(names.at(-1)!)!])),
  ];
}

/** `ApproxIFER, any 12` and `Kriging, any 12` as `ApproxIFER, Kriging, any 12`. */
function jointLabel(names: readonly string[]): string {
  const parts = names.map((name) => name.split(', any '));
  const needs = new Set(parts.map(([, need]) => need));
  const [need] = needs;
  if (needs.size > 1 || need === undefined) return names.join(', ');
  return `${parts.map(([scheme]) => scheme).join(', ')}, any ${need}`;
}

function againstLoad(all: readonly LoadPoint[], stylesOfAll: ReadonlyMap<string, Style>, title: string): Figure {
  const [points, styles] = coinciding(all, stylesOfAll);
  const xAxis = linearAxis(points.map(({ rate }) => rate));
  const yAxis = logAxis(points.map(({ p99 }) => p99));
  const panels = byN(points, (own) => ({
    x: { ...xAxis, title: 'requests a second', grid: false },
    y: { ...yAxis, title: 'p99 latency (ms)' },
    marks: [...groupBy(own, ({ series }) => series)].flatMap(([series, cells]) => {
      const curve = cells
        .map(({ rate, p99, p99Error }): SeriesPoint => {
          const tip = `${series}, ${rate} requests a second: p99 = ${numberText(p99)} ms`;
          return { x: rate, mean: p99, low: p99 - p99Error, high: p99 + p99Error, tip };
        })
        .sort((a, b) => a.x - b.x);
      return curveMarks(curve, series, styles.get(series)!, true, yAxis.scale);
    }),
  }));
  return {
    name: 'p99-against-load',
    caption: '99th percentile of latency against load: mean over independent runs, the band is one standard error.',
    picture: pictureOf(
      panels,
      legendOf(
        points.map(({ series }) => series),
        styles,
        true,
      ),
      title,
    ),
  };
}

/** Room for whole markers in panels that are small on paper. */
function roomy({ scale, ticks }: AxisChoice): AxisChoice {
  return { scale: { ...scale, margin: 0.08 }, ticks };
}

function againstAccuracy(points: readonly LoadPoint[], styles: ReadonlyMap<string, Style>, title: string): Figure {
  const xAxis = roomy(
    linearAxis(points.flatMap(({ accuracy, accuracyError }) => [accuracy - accuracyError, accuracy + accuracyError])),
  );
  const yAxis = roomy(logAxis(points.map(({ p99 }) => p99)));
  const loads = [...groupBy(points, ({ rate, N }) => `${rate}/${N}`).values()];
  const severalN = new Set(points.map(({ N }) => N)).size > 1;
  const panels = loads.map((own) => ({
    heading: `${own[0]!.rate} requests a second${severalN ? `, N = ${own[0]!.N}` : ''}`,
    x: { ...xAxis, title: 'accuracy (%)', grid: false },
    y: { ...yAxis, title: 'p99 latency (ms)' },
    marks: own.flatMap(({ series, accuracy, accuracyError, p99, p99Error }): Mark[] => {
      const { colour, marker } = styles.get(series)!;
      const bar = { kind: 'rule', stroke: { colour, dash: [] }, thin: true } as const;
      const tip = `${series}: accuracy ${numberText(accuracy)} %, p99 = ${numberText(p99)} ms`;
      return [
        { ...bar, from: { x: accuracy - accuracyError, y: p99 }, to: { x: accuracy + accuracyError, y: p99 } },
        { ...bar, from: { x: accuracy, y: p99 - p99Error }, to: { x: accuracy, y: p99 + p99Error } },
        { kind: 'point', x: accuracy, y: p99, marker, colour, tip },
      ];
    }),
  }));
  return {
    name: 'p99-against-accuracy',
    caption: '99th percentile of latency against accuracy: right and down is better; bars are one standard error.',
    picture: pictureOf(
      panels,
      legendOf(
        points.map(({ series }) => series),
        styles,
        false,
      ),
      title,
    ),
  };
}

function tailFigure(
  rows: readonly DistributionRow[],
  seriesOf: (row: DistributionRow) => string,
  styles: ReadonlyMap<string, Style>,
  title: string,
): Figure {
  const beyond = (share: number) => Number((1 - share).toPrecision(6));
  const xAxis = logAxis(rows.map(({ latency }) => 1e3 * latency));
  const yAxis = logAxis(rows.map(({ share }) => beyond(share)));
  const severalN = new Set(rows.map(({ N }) => N)).size > 1;
  const panels = [...groupBy(rows, ({ rate, N }) => `${rate}/${N}`).values()].map((own) => ({
    heading: `${own[0]!.rate} requests a second${severalN ? `, N = ${own[0]!.N}` : ''}`,
    x: { ...xAxis, title: 'latency (ms)', grid: false },
    y: { ...yAxis, title: 'share of requests that take longer' },
    marks: [...groupBy(own, seriesOf)].map(([series, cells]): Mark => {
      const { colour, dash } = styles.get(series)!;
      const points = cells.map(({ latency, share }) => ({ x: 1e3 * latency, y: beyond(share) }));
      return { kind: 'line', points, stroke: { colour, dash }, series };
    }),
  }));
  const legend = legendOf(rows.map(seriesOf), styles, true).map(({ label, stroke }) => ({
    label,
    ...(stroke && { stroke }),
  }));
  return {
    name: 'tail-of-latency',
    caption:
      'Share of requests that take longer than a time (complementary distribution): mean quantiles over independent runs.',
    picture: pictureOf(panels, legend, title),
  };
}

function pictureOf(panels: readonly Panel[], legend: readonly LegendItem[], title: string): Picture {
  return { panels, columns: columnsFor(panels.length), shared: true, legend, title };
}
