import { magnitudeAxis } from './axes.ts';
import { framed, seriesScales, short } from './lines.ts';
import type { FigureSpec } from './render.ts';

/** The loss of a network after an epoch (1 …). */
export interface LossPoint {
  /** The network. */
  readonly series: string;
  readonly epoch: number;
  readonly loss: number;
  /** Which loss it is: each has a panel. */
  readonly facet: string;
}

/** Loss against epoch, a line a network. */
export function lossFigure(points: readonly LossPoint[]): FigureSpec {
  const values = points
    .filter(({ loss }) => Number.isFinite(loss))
    .map((point) => ({
      ...point,
      tip: `${point.series}, epoch ${point.epoch}: ${point.facet} = ${short(point.loss)}`,
    }));
  const losses = values.map(({ loss }) => loss);
  const scales = seriesScales([...new Set(values.map(({ series }) => series))]);
  const bySeries = (scale: object) => ({ field: 'series', type: 'nominal', title: null, scale });
  const x = {
    field: 'epoch',
    type: 'quantitative',
    title: 'epoch',
    axis: { format: 'd', tickCount: 5, tickMinStep: 1 },
  };
  const y = { field: 'loss', type: 'quantitative', title: 'loss', ...magnitudeAxis(losses, losses) };
  const color = bySeries(scales.colour);
  const layers = [
    { mark: { type: 'line', aria: false }, encoding: { x, y, color } },
    {
      mark: { type: 'point', size: 30 },
      encoding: { x, y, color, shape: bySeries(scales.marker), description: { field: 'tip' } },
    },
  ];
  return framed(layers, values, '', '');
}
