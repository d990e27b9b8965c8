import type { IterationRow, SummaryRow } from '../../results/read.ts';
import { summarise } from '../../results/statistics.ts';
import type { PublishedSpeedup } from '../../tables/published.ts';
import { groupBy } from '../../util/group.ts';
import type { Figure } from '../figure.ts';
import { equations, numberText, sharedConditions } from '../labels.ts';
import { partColours, type Style } from '../palette.ts';
import type { LegendItem, Mark, Picture } from '../plot/picture.ts';
import { bandAxis, linearAxis } from '../plot/scale.ts';
import {
  conditionsOf,
  duration,
  type Training,
  timeParts,
  trainingCells,
  trainingSubject,
  trainingsOf,
} from '../trainings.ts';
import { columnsFor, curveMarks, type SeriesPoint } from './lines.ts';
import { speedupFigures } from './speedup.ts';
import { barFill, wrongLegend } from './wrong.ts';

/**
 * Figures of a run of `kind: training`: accuracy against time, what the time goes into, and the speed-up.
 * @param summary cells of the run: which trainings ended with the right weights
 * @param published speed-ups to mark beside ours
 */
export function trainingFigures(
  rows: readonly IterationRow[],
  summary: readonly SummaryRow[],
  styles: ReadonlyMap<string, Style>,
  published: readonly PublishedSpeedup[] = [],
): Figure[] {
  const trainings = trainingsOf(rows, summary);
  if (trainings.length === 0) return [];
  const longest = Math.max(...trainings.map(({ iterations }) => iterations.length));
  const complete = trainings.filter(({ iterations }) => iterations.length === longest);
  const trials = Math.max(...trainings.map(({ trial }) => trial)) + 1;
  const over = `mean over ${trials} ${trials === 1 ? 'trial' : 'trials'}`;
  const slowest = Math.max(...trainings.map(({ slowdown }) => slowdown ?? Number.NaN));
  const one = trainings.filter(({ slowdown }) => slowdown === undefined || slowdown === slowest);
  const at = one.length < trainings.length ? `, stragglers ${slowest} times slower` : '';
  const wrong = one.some((training) => training.wrong) ? ' Hatched: the training ended with wrong weights.' : '';
  return [
    {
      name: 'accuracy-against-time',
      caption: `Test accuracy against time without the first encoding${at}: ${over}, the band is one standard error.`,
      picture: accuracyPicture(one, styles, at),
    },
    {
      name: 'time-per-iteration',
      caption: `Where the time of an iteration goes${at}: ${over} and all iterations.${wrong}`,
      picture: timePicture(iterationTimes(one), 'ms', `${trainingSubject(one)}${at}`),
    },
    ...speedupFigures(complete, over, styles, published),
  ];
}

function accuracyPicture(trainings: readonly Training[], styles: ReadonlyMap<string, Style>, at: string): Picture {
  const curves = trainingCells(trainings).map((group) => {
    const { scheme, condition } = group[0]!;
    const steps = Math.min(...group.map(({ iterations }) => iterations.length));
    const clocks = group.map(() => 0);
    const points = Array.from({ length: steps }, (_, i): SeriesPoint => {
      group.forEach(({ iterations }, t) => {
        if (i > 0) clocks[t]! += duration(iterations[i]!);
      });
      const { mean, sem } = summarise(group.map(({ iterations }) => iterations[i]!.accuracy));
      const seconds = summarise(clocks).mean;
      const spread = sem > 0 ? sem : 0;
      const tip = `${scheme}, iteration ${i}: accuracy = ${numberText(mean)} after ${numberText(seconds)} s`;
      return { x: seconds, mean, low: mean - spread, high: mean + spread, tip };
    });
    return { scheme, condition, points };
  });
  const all = curves.flatMap(({ points }) => points);
  const xAxis = linearAxis(
    all.map(({ x }) => x),
    { zero: true, count: 4 },
  );
  const yAxis = linearAxis(all.flatMap(({ low, high }) => [low, high]));
  const panels = [...groupBy(curves, ({ condition }) => condition)].map(([condition, own]) => ({
    ...(condition !== '' && { heading: condition }),
    x: { ...xAxis, title: 'time (s)', grid: false },
    y: { ...yAxis, title: 'test accuracy' },
    marks: own.flatMap(({ scheme, points }) =>
      thinned(curveMarks(points, scheme, styles.get(scheme)!, true, yAxis.scale)),
    ),
  }));
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: true,
    legend: schemeLines(trainings, styles),
    title: `${trainingSubject(trainings)}${at}`,
  };
}

/** Every tenth marker or so: a hundred iterations would be a chain of them. */
function thinned(marks: readonly Mark[]): Mark[] {
  const points = marks.filter((mark) => mark.kind === 'point');
  const every = Math.max(1, Math.round((points.length - 1) / 10));
  return marks.filter((mark) => mark.kind !== 'point' || points.indexOf(mark) % every === 0);
}

function schemeLines(trainings: readonly Training[], styles: ReadonlyMap<string, Style>): LegendItem[] {
  return [...new Set(trainings.map(({ scheme }) => scheme))].map((label) => {
    const { colour, dash, marker } = styles.get(label)!;
    return { label, stroke: { colour, dash }, marker };
  });
}

/** The time of a scheme under a condition, by part. */
interface TimeCell {
  readonly scheme: string;
  readonly condition: string;
  readonly wrong: boolean;
  readonly times: readonly number[];
}

function iterationTimes(trainings: readonly Training[]): TimeCell[] {
  return trainingCells(trainings).map((group) => {
    const { scheme, condition, wrong } = group[0]!;
    const steps = group.flatMap(({ iterations }) => iterations.slice(1));
    return {
      scheme,
      condition,
      wrong,
      times: timeParts.map((part) => summarise(steps.map((row) => row[part])).mean * 1e3),
    };
  });
}

/** The figure of a training whose folder keeps its summary only: the time of a whole training by part. */
export function trainingSummaryFigures(rows: readonly SummaryRow[]): Figure[] {
  const keys = conditionsOf(rows.map(({ key }) => key));
  const cells = rows.flatMap(({ key, metrics }): TimeCell[] => {
    if (!metrics.has('compute_s')) return [];
    const times = timeParts.map((part) => metrics.get(`${part}_s`)?.mean ?? 0);
    return [
      {
        scheme: key.scheme,
        condition: keys.length > 0 ? equations(key, keys) : '',
        wrong: (metrics.get('exact')?.mean ?? 1) < 1,
        times,
      },
    ];
  });
  if (cells.length === 0) return [];
  const wrong = cells.some((cell) => cell.wrong) ? ' Hatched: the training ended with wrong weights.' : '';
  return [
    {
      name: 'time-of-training',
      caption: `Where the time of a training goes, without the first encoding.${wrong}`,
      picture: timePicture(cells, 's', sharedConditions(rows)),
    },
  ];
}

/** What time goes into: stacked bars, a bar a scheme. */
function timePicture(cells: readonly TimeCell[], unit: 'ms' | 's', title: string): Picture {
  const schemes = [...new Set(cells.map(({ scheme }) => scheme))];
  const yAxis = linearAxis(
    cells.map(({ times }) => times.reduce((sum, time) => sum + time, 0)),
    { zero: true },
  );
  const panels = [...groupBy(cells, ({ condition }) => condition)].map(([condition, own]) => ({
    ...(condition !== '' && { heading: condition }),
    x: { ...bandAxis(schemes.map((name) => [name])), bands: true, grid: false },
    y: { ...yAxis, title: unit === 'ms' ? 'time per iteration (ms)' : 'time of a training (s)' },
    marks: own.flatMap(({ scheme, wrong, times }) => {
      const x = schemes.indexOf(scheme);
      return times.map((time, i): Mark => {
        const base = times.slice(0, i).reduce((sum, part) => sum + part, 0);
        const tip = `${scheme}: ${timeParts[i]} ${numberText(time)} ${unit}${wrong ? '; this training ends with wrong weights' : ''}`;
        return {
          kind: 'rect',
          x: [x - 0.36, x + 0.36],
          y: [base, base + time],
          fill: barFill(partColours[i]!, wrong),
          tip,
        };
      });
    }),
  }));
  const used = timeParts.map((_, i) => cells.some(({ times }) => times[i]! > 0));
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: true,
    legend: [
      ...timeParts.flatMap((label, i) => (used[i] ? [{ label, fill: barFill(partColours[i]!, false) }] : [])),
      ...wrongLegend(cells),
    ],
    title,
  };
}
