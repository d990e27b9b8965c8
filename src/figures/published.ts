import { type MetricName, metrics as metricTable } from '../metrics/table.ts';
import { notMeasured, type SummaryRow } from '../results/read.ts';
import { type PublishedNumber, publishedFor } from '../tables/published.ts';
import { keyText } from '../tables/table.ts';
import { groupBy } from '../util/group.ts';
import { framed, seriesScales, short } from './lines.ts';
import type { Figure } from './render.ts';
import { metricLabel, sharedConditions } from './request.ts';

/**
 * Metrics that bars show well: the scale of a published mean squared error is unknown, and RelAcc, all but 1, is for the table.
 */
const comparable = new Set<MetricName>(['accuracy', 'degraded', 'overall', 'degraded_vs_base']);

/**
 * Bars of ours beside published ones: a figure for each model and metric that some source has numbers of, with every scheme
 * of the run at the same conditions.
 */
export function publishedFigures(rows: readonly SummaryRow[], published: readonly PublishedNumber[]): Figure[] {
  const figures: Figure[] = [];
  for (const group of groupBy(rows, ({ key }) => JSON.stringify([key.model, key.dataset, key.output])).values()) {
    const metrics = new Set(group.flatMap((row) => publishedFor(row.key, published).map(({ metric }) => metric)));
    for (const metric of metrics) {
      if (!comparable.has(metric)) continue;
      const numbers = published.filter((number) => number.metric === metric);
      const measured = single(group.filter((row) => Number.isFinite(row.metrics.get(metric)?.mean)));
      if (measured.some((row) => publishedFor(row.key, numbers).length > 0)) {
        figures.push(barFigure(measured, metric, numbers));
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

function barFigure(group: readonly SummaryRow[], metric: MetricName, numbers: readonly PublishedNumber[]): Figure {
  const matched = group.filter((row) => publishedFor(row.key, numbers).length > 0);
  const conditions = new Set(matched.map(conditionOf));
  const shown = group.filter((row) => conditions.has(conditionOf(row)));
  const varying = conditionKeys.filter((name) => new Set(shown.map(({ key }) => key[name])).size > 1);
  const placeOf = ({ key }: SummaryRow) => varying.map((name) => `${name} = ${keyText(key, name)}`).join(', ');
  const values = shown.flatMap((row) => {
    const { mean, sem } = row.metrics.get(metric) ?? notMeasured;
    const { scheme } = row.key;
    const base = { facet: placeOf(row), scheme };
    const own = bar(
      { ...base, bar: scheme, source: 'this run' },
      mean,
      sem > 0 ? sem : 0,
      `± ${short(sem)} (standard error)`,
    );
    const theirs = publishedFor(row.key, numbers).map((number) => {
      const error = number.std ?? number.tolerance ?? 0;
      const name = { ...base, bar: `${scheme} [${number.source}]`, source: 'published' };
      return bar(name, number.value, error, `published in [${number.source}], ${number.place}, with ${number.model}`);
    });
    return [own, ...theirs];
  });
  const schemes = [...new Set(shown.map(({ key }) => key.scheme))];
  const bars = [...new Set(values.map((value) => value.bar))].sort(
    (a, b) =>
      schemes.findIndex((name) => a.startsWith(name)) - schemes.findIndex((name) => b.startsWith(name)) ||
      a.localeCompare(b),
  );
  const scale = seriesScales(schemes).colour;
  const x = { field: 'bar', type: 'nominal', sort: bars, title: null, axis: { labelAngle: -45 } };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: metricLabel(metric),
    axis: { format: '~r', tickCount: 6 },
    // room for the numbers above the bars
    scale: { domain: [0, 1.08 * Math.max(...values.map(({ high }) => high))] },
  });
  const color = { field: 'scheme', type: 'nominal', scale, legend: null };
  const spec = framed(
    [
      // keeps the grid from showing through the pale bars
      { mark: { type: 'bar', color: 'white', aria: false }, encoding: { x, y: y('y') } },
      {
        mark: { type: 'bar', strokeWidth: 1 },
        encoding: {
          x,
          y: y('y'),
          color,
          stroke: color,
          fillOpacity: {
            field: 'source',
            type: 'ordinal',
            legend: null,
            scale: { domain: ['this run', 'published'], range: [1, 0.35] },
          },
          description: { field: 'tip' },
        },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.3, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      },
      {
        mark: { type: 'text', baseline: 'bottom', dy: -2, fontSize: 9, aria: false },
        encoding: { x, y: y('high'), text: { field: 'y', format: '.3f' } },
      },
    ],
    values,
    varying.length > 0 ? '' : undefined,
    sharedConditions(shown, [...varying, 'N']),
    { bands: { count: bars.length, step: 30 } },
  );
  const { key } = shown[0]!;
  const sources = [...new Set(matched.flatMap((row) => publishedFor(row.key, numbers)))];
  const notes = [...new Set(sources.map(({ source, place, model }) => `[${source}] ${place}, ${model}`))].join('; ');
  return {
    name: `published-${metric}-${key.model}-${key.output}`,
    caption:
      `${metricTable.get(metric).summary}: this run (full, with one standard error) beside published numbers (pale): ${notes}. ` +
      'The models are not the same.',
    spec,
  };
}

interface BarName {
  readonly scheme: string;
  readonly bar: string;
  readonly source: string;
  readonly facet: string;
}

function bar(name: BarName, mean: number, error: number, remark: string) {
  const tip = `${name.scheme}${name.facet && `, ${name.facet}`}: ${short(mean)}, ${remark}`;
  return { ...name, y: mean, low: mean - error, high: mean + error, tip };
}
