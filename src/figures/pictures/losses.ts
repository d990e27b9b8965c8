import { groupBy } from '../../util/group.ts';
import { numberText } from '../labels.ts';
import { seriesStyles } from '../palette.ts';
import type { Picture } from '../plot/picture.ts';
import { magnitudeAxis } from '../plot/scale.ts';
import { columnsFor, curveMarks, numberAxis, type SeriesPoint } from './lines.ts';

/** The loss of a network after an epoch (1 …). */
export interface LossPoint {
  /** The network. */
  readonly series: string;
  readonly epoch: number;
  /** NaN where it is undefined. */
  readonly loss: number;
  /** Which loss it is: each has a panel with an axis of its own. */
  readonly measure: string;
}

/** Loss against epoch, a line a network. */
export function lossPicture(points: readonly LossPoint[], title: string): Picture {
  const defined = points.filter(({ loss }) => Number.isFinite(loss));
  const names = [...new Set(defined.map(({ series }) => series))];
  const styles = seriesStyles(names, false);
  const panels = [...groupBy(defined, ({ measure }) => measure)].map(([measure, own]) => {
    const yAxis = magnitudeAxis(own.map(({ loss }) => ({ mean: loss, sem: 0 })));
    const xAxis = numberAxis(
      'epoch',
      own.map(({ epoch }) => epoch),
    );
    return {
      x: { ...xAxis, title: 'epoch', grid: false },
      y: { ...yAxis, title: measure },
      marks: [...groupBy(own, ({ series }) => series)].flatMap(([series, curve]) =>
        curveMarks(curve.map(placed), series, styles.get(series)!, true, yAxis.scale),
      ),
    };
  });
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: false,
    legend: names.map((label) => {
      const { colour, dash, marker } = styles.get(label)!;
      return { label, stroke: { colour, dash }, marker };
    }),
    title,
  };
}

function placed({ series, epoch, loss, measure }: LossPoint): SeriesPoint {
  const tip = `${series}, epoch ${epoch}: ${measure} = ${numberText(loss)}`;
  return { x: epoch, mean: loss, low: loss, high: loss, tip };
}
