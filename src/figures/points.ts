import { metrics as metricTable } from '../metrics/table.ts';
import { magnitudeAxis, shareAxis } from './axes.ts';
import { framed, pointText, seriesScales } from './lines.ts';
import type { FigureSpec } from './render.ts';
import { type FigureData, keyLabel, metricLabel, sharedConditions } from './request.ts';

/** Points with error bars of one standard error: a metric against a key that is not a number, such as the scheme. */
export function pointFigure({ request, points }: FigureData): FigureSpec {
  const { x, y, by, facet } = request;
  const series = [...new Set(points.map((point) => point.series))];
  const scales = seriesScales(series);
  const data = points.map((point) => ({
    x: String(point.x ?? ''),
    y: point.y,
    low: point.y - point.sem,
    high: point.y + point.sem,
    series: point.series,
    facet: point.facet,
    tip: pointText(point, y),
  }));
  const ends = data.flatMap(({ low, high }) => [low, high]);
  const means = data.map((point) => point.y);
  const yAxis = metricTable.get(y).unit === 'share' ? shareAxis : magnitudeAxis(means, ends);
  const xChannel = {
    field: 'x',
    type: 'nominal',
    sort: null,
    title: x === 'scheme' ? null : keyLabel(x),
    axis: { labelAngle: 0 },
  };
  const title = metricLabel(y);
  const yChannel = (field: string) => ({ field, type: 'quantitative', title, ...yAxis });
  const offset = x === by ? {} : { xOffset: { field: 'series', sort: null } };
  const legend = x === by ? { legend: null } : {};
  const heading = by === 'scheme' ? null : keyLabel(by);
  const colour = { field: 'series', type: 'nominal', title: heading, scale: scales.colour, ...legend };
  const layers = [
    {
      mark: { type: 'rule', strokeWidth: 1.4, aria: false },
      encoding: {
        x: xChannel,
        ...offset,
        y: yChannel('low'),
        y2: { field: 'high' },
        color: colour,
      },
    },
    {
      mark: { type: 'point', size: 60 },
      encoding: {
        x: xChannel,
        ...offset,
        y: yChannel('y'),
        color: colour,
        shape: { field: 'series', type: 'nominal', title: heading, scale: scales.marker, ...legend },
        description: { field: 'tip' },
      },
    },
  ];
  const rows = points.map(({ row }) => row);
  const places = [...new Set(data.map((point) => point.x))];
  const longest = Math.max(...places.map((name) => name.length));
  const step = Math.max(x === by ? 60 : 16 * series.length, 6.5 * longest + 10);
  return framed(layers, data, facet && keyLabel(facet), sharedConditions(rows, [x, by, facet]), {
    bands: { count: places.length, step },
  });
}
