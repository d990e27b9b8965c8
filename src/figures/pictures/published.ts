import { type MetricName, metrics as metricTable } from '../../metrics/table.ts';
import type { SummaryRow } from '../../results/read.ts';
import { keyText } from '../../tables/keys.ts';
import { type PublishedNumber, publishedFor } from '../../tables/published.ts';
import { groupBy } from '../../util/group.ts';
import type { Figure } from '../figure.ts';
import { keyLabel, keySymbol, metricLabel, numberText, sharedConditions, spreadText, valueText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { bandAxis, linearAxis } from '../plot/scale.ts';
import { dodge } from './places.ts';

/**
 * Metrics that bars show well: the scale of a published mean squared error is unknown, and RelAcc, all but 1, is for the table.
 */
const comparable = new Set<MetricName>(['accuracy', 'degraded', 'overall', 'degraded_vs_base']);

/**
 * Bars of ours beside published ones: a figure for each model and metric that some source has numbers of, with every scheme
 * of the run at the same conditions.
 */
export function publishedFigures(
  rows: readonly SummaryRow[],
  published: readonly PublishedNumber[],
  styles: ReadonlyMap<string, Style>,
): Figure[] {
  const figures: Figure[] = [];
  for (const group of groupBy(rows, ({ key }) => JSON.stringify([key.model, key.dataset, key.output])).values()) {
    const metrics = new Set(group.flatMap((row) => publishedFor(row.key, published).map(({ metric }) => metric)));
    for (const metric of metrics) {
      if (!comparable.has(metric)) continue;
      const numbers = published.filter((number) => number.metric === metric);
      const measured = single(group.filter((row) => Number.isFinite(row.metrics.get(metric)?.mean)));
      if (measured.some((row) => publishedFor(row.key, numbers).length > 0)) {
        figures.push(barFigure(measured, metric, numbers, styles));
      }
    }
  }
  return figures;
}

/** Keys that a published number has one value of in each place. */
const conditionKeys = ['K', 'S', 'E', 'attack'] as const;
const conditionOf = ({ key }: SummaryRow) => conditionKeys.map((name) => keyText(key, name)).join(' ');

/** Without schemes that have several cells under one condition, such as a λ sweep: none of them is the scheme's bar. */
function single(rows: readonly SummaryRow[]): SummaryRow[] {
  const cells = groupBy(rows, (row) => `${row.key.scheme} ${conditionOf(row)}`);
  const swept = new Set([...cells.values()].filter((cell) => cell.length > 1).map((cell) => cell[0]!.key.scheme));
  return rows.filter(({ key }) => !swept.has(key.scheme));
}

/** A bar before it has its place. */
interface Bar {
  readonly place: string;
  /** The scheme whose colour it has and beside whose bar it stands. */
  readonly scheme: string;
  readonly source?: string;
  readonly value: number;
  readonly error: number;
  readonly tip: string;
}

function barFigure(
  group: readonly SummaryRow[],
  metric: MetricName,
  numbers: readonly PublishedNumber[],
  styles: ReadonlyMap<string, Style>,
): Figure {
  const matched = group.filter((row) => publishedFor(row.key, numbers).length > 0);
  const conditions = new Set(matched.map(conditionOf));
  const shown = group.filter((row) => conditions.has(conditionOf(row)));
  const varying = conditionKeys.filter((name) => new Set(shown.map(({ key }) => key[name])).size > 1);
  const [only] = varying;
  const placeOf = ({ key }: SummaryRow) =>
    varying.length === 1
      ? valueText(key, only!)
      : varying.map((name) => `${keySymbol(name)} = ${valueText(key, name)}`).join(', ');
  const bars = shown.flatMap((row) => rowBars(row, shown, metric, numbers, placeOf(row)));
  const { key } = shown[0]!;
  const sources = [...new Set(matched.flatMap((row) => publishedFor(row.key, numbers)))];
  const notes = [...new Set(sources.map(({ source, place, model }) => `[${source}] ${place}, ${model}`))].join('; ');
  const title = only && varying.length === 1 ? keyLabel(only) : undefined;
  return {
    name: `published-${metric}-${key.model}-${key.output}`,
    caption:
      `${metricTable.get(metric).summary}: this run (full, with one standard error) beside published numbers (pale): ${notes}. ` +
      'The models are not the same.',
    picture: barPicture(bars, metric, styles, title, sharedConditions(shown, [...varying, 'N'])),
  };
}

/** The bar of a cell and those of the published numbers that stand beside it. */
function rowBars(
  row: SummaryRow,
  shown: readonly SummaryRow[],
  metric: MetricName,
  numbers: readonly PublishedNumber[],
  place: string,
): Bar[] {
  const { mean, sem } = row.metrics.get(metric)!;
  const { scheme } = row.key;
  const where = `${scheme}${place && `, ${place}`}`;
  const own: Bar = {
    place,
    scheme,
    value: mean,
    error: sem > 0 ? sem : 0,
    tip: `${where}: ${numberText(mean)}${spreadText(sem)}`,
  };
  const theirs = publishedFor(row.key, numbers).map((number): Bar => {
    const isHere = shown.some((other) => other.key.scheme === number.beside && conditionOf(other) === conditionOf(row));
    return {
      place,
      scheme: number.beside !== undefined && isHere ? number.beside : scheme,
      source: number.source,
      value: number.value,
      error: number.std ?? number.tolerance ?? 0,
      tip: `${where}: ${numberText(number.value)}, published in [${number.source}], ${number.place}, with ${number.model}`,
    };
  });
  return [own, ...theirs];
}

/** Share of the width between two places that their bars fill. */
const filled = 0.86;

function barPicture(
  bars: readonly Bar[],
  metric: MetricName,
  styles: ReadonlyMap<string, Style>,
  xTitle: string | undefined,
  title: string,
): Picture {
  const places = [...new Set(bars.map(({ place }) => place))];
  const schemes = [...new Set(bars.filter(({ source }) => source === undefined).map(({ scheme }) => scheme))];
  const slot = ({ scheme, source }: Bar) => JSON.stringify([scheme, source ?? '']);
  const slots = [...new Set(bars.map(slot))].sort((a, b) => {
    const [[schemeA, sourceA], [schemeB, sourceB]] = [JSON.parse(a), JSON.parse(b)] as [string[], string[]];
    return schemes.indexOf(schemeA!) - schemes.indexOf(schemeB!) || sourceA!.localeCompare(sourceB!);
  });
  const half = (0.92 * filled) / slots.length / 2; // a gap between bars of one colour
  const yAxis = linearAxis(
    bars.map(({ value, error }) => value + error),
    { zero: true },
  );
  const marks = bars.flatMap((entry): Mark[] => {
    const x = places.indexOf(entry.place) + dodge(slots.indexOf(slot(entry)), slots.length, filled);
    const { colour, marker } = styles.get(entry.scheme)!;
    const { value, error } = entry;
    return [
      {
        kind: 'rect',
        x: [x - half, x + half],
        y: [0, value],
        fill: { colour, outline: colour, opacity: entry.source === undefined ? 1 : 0.3 },
        tip: entry.tip,
      },
      {
        kind: 'rule',
        from: { x, y: value - error },
        to: { x, y: value + error },
        stroke: { colour: '#000000', dash: [] },
        thin: true,
      },
      // variants of a scheme share its colour: the marker says which one it is, at the foot, where it hides no value
      ...(entry.source === undefined
        ? [{ kind: 'point', x, y: 0.05 * yAxis.scale.high, marker, colour, small: true } as const]
        : []),
    ];
  });
  const sources = [...new Set(bars.flatMap(({ source }) => source ?? []))];
  return {
    panels: [
      {
        x: { ...bandAxis(places.map((place) => [place])), bands: true, grid: false, ...(xTitle && { title: xTitle }) },
        y: { ...yAxis, title: metricLabel(metric) },
        marks,
      },
    ],
    columns: 1,
    shared: true,
    legend: [
      ...schemes.map((label) => {
        const { colour, marker } = styles.get(label)!;
        return { label, fill: { colour, outline: colour }, marker, colour };
      }),
      ...sources.map((source) => ({
        label: `published [${source}]`,
        fill: { colour: '#8c8e91', outline: '#555555', opacity: 0.3 },
      })),
    ],
    title,
  };
}
