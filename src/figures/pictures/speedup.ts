import { summarise } from '../../results/statistics.ts';
import type { PublishedSpeedup } from '../../tables/published.ts';
import { groupBy } from '../../util/group.ts';
import type { Figure } from '../figure.ts';
import { numberText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { type AxisChoice, bandAxis, linearAxis } from '../plot/scale.ts';
import { type Training, trainingSubject, trainingTime } from '../trainings.ts';
import { columnsFor, curveMarks, numberAxis, type SeriesPoint } from './lines.ts';
import { barFill, wrongLegend } from './wrong.ts';

/** How many times longer a scheme takes than the one it is compared with, under one condition. */
interface Ratio {
  readonly scheme: string;
  readonly condition: string;
  readonly slowdown?: number;
  readonly wrong: boolean;
  readonly mean: number;
  readonly spread: number;
  readonly tip: string;
}

/**
 * How many times longer every other scheme takes than AVCC (or the last scheme), trial by trial: against the slowdown of the
 * stragglers where it is swept, else as bars. A training that ends with wrong weights has no speed: it is marked as wrong.
 */
export function speedupFigures(
  trainings: readonly Training[],
  over: string,
  styles: ReadonlyMap<string, Style>,
  published: readonly PublishedSpeedup[],
): Figure[] {
  const schemes = [...new Set(trainings.map(({ scheme }) => scheme))];
  const fast = schemes.includes('AVCC') ? 'AVCC' : schemes.at(-1);
  const others = schemes.filter((scheme) => scheme !== fast);
  if (fast === undefined || others.length === 0) return [];
  const ratios = ratiosTo(fast, others, trainings);
  if (ratios.length === 0) return [];
  const wrong = ratios.some((ratio) => ratio.wrong)
    ? ' A training that ends with wrong weights is hatched or hollow: its time says nothing of speed.'
    : '';
  const base = { caption: `Speed-up of ${fast}, without the first encoding: ${over}, trial by trial` };
  if (ratios.some(({ slowdown }) => slowdown !== undefined)) {
    return [
      {
        name: 'speed-up-against-slowdown',
        caption: `${base.caption}, against how many times slower a straggler is.${wrong}`,
        picture: againstSlowdown(ratios, fast, trainings, styles),
      },
    ];
  }
  const marks = published.some((entry) => entry.scheme === fast && others.includes(entry.over))
    ? ' The marks are the largest speed-ups that the source states, with settings of its own.'
    : '';
  return [
    {
      name: 'speed-up',
      caption: `${base.caption}; the bars' lines are one standard error, the dashed line is equal speed.${wrong}${marks}`,
      picture: speedupBars(ratios, fast, trainings, styles, published),
    },
  ];
}

function ratiosTo(fast: string, others: readonly string[], trainings: readonly Training[]): Ratio[] {
  const under = ({ condition, slowdown }: Training) => JSON.stringify([condition, slowdown]);
  const own = new Map(
    trainings
      .filter(({ scheme }) => scheme === fast)
      .map((training) => [`${under(training)} ${training.trial}`, trainingTime(training)]),
  );
  return [...groupBy(trainings, under).values()].flatMap((group) =>
    others.flatMap((scheme): Ratio[] => {
      const of = group.filter((training) => training.scheme === scheme);
      const values = of.flatMap((training) => {
        const time = own.get(`${under(training)} ${training.trial}`);
        return time === undefined ? [] : [trainingTime(training) / time];
      });
      if (values.length === 0) return [];
      const { mean, sem } = summarise(values);
      const { condition, slowdown, wrong } = of[0]!;
      const spread = sem > 0 ? sem : 0;
      const range = `${numberText(mean)}${spread > 0 ? ` ± ${numberText(spread)}` : ''}`;
      const tip = wrong
        ? `${scheme} ends with wrong weights, after ${range} times the time of ${fast}`
        : `${fast} is ${range} times as fast as ${scheme}`;
      return [{ scheme, condition, ...(slowdown !== undefined && { slowdown }), wrong, mean, spread, tip }];
    }),
  );
}

function againstSlowdown(
  ratios: readonly Ratio[],
  fast: string,
  trainings: readonly Training[],
  styles: ReadonlyMap<string, Style>,
): Picture {
  const xAxis = numberAxis(
    'slowdown',
    ratios.map(({ slowdown }) => slowdown!),
  );
  const yAxis = ratioAxis(ratios, []);
  const schemes = [...new Set(ratios.map(({ scheme }) => scheme))];
  const styleOf = (scheme: string, wrong: boolean): Style => {
    const style = styles.get(scheme)!;
    return wrong ? { ...style, marker: { ...style.marker, hollow: true } } : style;
  };
  const panels = [...groupBy(ratios, ({ condition }) => condition)].map(([condition, own]) => ({
    ...(condition !== '' && { heading: condition }),
    x: { ...xAxis, title: 'slowdown of a straggler', grid: false },
    y: { ...yAxis, title: `time / time of ${fast}` },
    marks: [
      equalSpeed,
      ...schemes.flatMap((scheme) =>
        [false, true].flatMap((wrong) => {
          const points = own
            .filter((ratio) => ratio.scheme === scheme && ratio.wrong === wrong)
            .map(
              ({ slowdown, mean, spread, tip }): SeriesPoint => ({
                x: slowdown!,
                mean,
                low: mean - spread,
                high: mean + spread,
                tip,
              }),
            )
            .sort((a, b) => a.x - b.x);
          return points.length === 0 ? [] : curveMarks(points, scheme, styleOf(scheme, wrong), !wrong, yAxis.scale);
        }),
      ),
    ],
  }));
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: true,
    legend: schemes.flatMap((scheme) =>
      [false, true]
        .filter((wrong) => ratios.some((ratio) => ratio.scheme === scheme && ratio.wrong === wrong))
        .map((wrong) => {
          const { colour, dash, marker } = styleOf(scheme, wrong);
          return wrong
            ? { label: `${scheme}, wrong weights`, colour, marker }
            : { label: scheme, stroke: { colour, dash }, marker };
        }),
    ),
    title: trainingSubject(trainings),
  };
}

/** Where two schemes take the same time. */
const equalSpeed: Mark = {
  kind: 'rule',
  from: { x: -Infinity, y: 1 },
  to: { x: Infinity, y: 1 },
  stroke: { colour: '#222222', dash: [4, 3] },
  thin: true,
};

function ratioAxis(ratios: readonly Ratio[], further: readonly number[]): AxisChoice {
  return linearAxis([...ratios.map(({ mean, spread }) => mean + spread), ...further], { zero: true });
}

function speedupBars(
  ratios: readonly Ratio[],
  fast: string,
  trainings: readonly Training[],
  styles: ReadonlyMap<string, Style>,
  published: readonly PublishedSpeedup[],
): Picture {
  const schemes = [...new Set(ratios.map(({ scheme }) => scheme))];
  const stated = published.filter((entry) => entry.scheme === fast && schemes.includes(entry.over));
  const yAxis = ratioAxis(
    ratios,
    stated.map(({ value }) => 1.12 * value),
  );
  const panels = [...groupBy(ratios, ({ condition }) => condition)].map(([condition, own]) => ({
    ...(condition !== '' && { heading: condition }),
    x: { ...bandAxis(schemes.map((name) => [name])), bands: true, grid: false },
    y: { ...yAxis, title: `time / time of ${fast}` },
    marks: [
      equalSpeed,
      ...own.flatMap(({ scheme, wrong, mean, spread, tip }): Mark[] => {
        const x = schemes.indexOf(scheme);
        const bar: Mark = {
          kind: 'rect',
          x: [x - 0.34, x + 0.34],
          y: [0, mean],
          fill: barFill(styles.get(scheme)!.colour, wrong),
          tip,
        };
        const error: Mark = {
          kind: 'rule',
          from: { x, y: mean - spread },
          to: { x, y: mean + spread },
          stroke: { colour: '#000000', dash: [] },
          thin: true,
        };
        return spread > 0 ? [bar, error] : [bar];
      }),
      ...stated.flatMap(({ over, value, source }): Mark[] => {
        const x = schemes.indexOf(over);
        return [
          {
            kind: 'rule',
            from: { x: x - 0.42, y: value },
            to: { x: x + 0.42, y: value },
            stroke: { colour: '#555555', dash: [] },
          },
          { kind: 'text', x, y: value, text: `[${source}] ≤ ${value}`, above: true },
        ];
      }),
    ],
  }));
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: true,
    legend: wrongLegend(trainings.filter(({ scheme }) => scheme !== fast)),
    title: trainingSubject(trainings),
  };
}
