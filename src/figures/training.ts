import type { IterationRow } from '../results/read.ts';
import type { KeyColumn } from '../results/schema.ts';
import { summarise } from '../results/statistics.ts';
import type { PublishedSpeedup } from '../tables/published.ts';
import { keyText } from '../tables/table.ts';
import { groupBy } from '../util/group.ts';
import { shareAxis } from './axes.ts';
import { framed, seriesScales, short } from './lines.ts';
import type { Figure } from './render.ts';

/** The parts of an iteration's time, in the order they happen; a colour each, the same in every figure. */
const parts = [
  ['compute', '#0072B2'],
  ['wait', '#BBBBBB'],
  ['verify', '#009E73'],
  ['decode', '#E69F00'],
  ['recode', '#CC79A7'],
] as const;
type Part = (typeof parts)[number][0];

/** Keys that say under which faults and machines a training ran. */
const conditionKeys: readonly KeyColumn[] = ['N', 'S', 'E', 'stragglers', 'attack'];

/** One training: its iterations in order, the first encoding (iteration 0) included. */
interface Training {
  readonly scheme: string;
  readonly condition: string;
  readonly trial: number;
  readonly iterations: readonly IterationRow[];
}

function duration(row: IterationRow): number {
  return parts.reduce((sum, [part]) => sum + row[part], 0);
}

/** Seconds of all iterations but the first encoding. */
function trainingTime({ iterations }: Training): number {
  return iterations.slice(1).reduce((sum, row) => sum + duration(row), 0);
}

/**
 * Figures of a run of `kind: training`: accuracy against time, what the time goes into, and the speed-up.
 * @param published speed-ups to mark beside ours
 */
export function trainingFigures(rows: readonly IterationRow[], published: readonly PublishedSpeedup[] = []): Figure[] {
  const trainings = trainingsOf(rows);
  if (trainings.length === 0) return [];
  const longest = Math.max(...trainings.map(({ iterations }) => iterations.length));
  const complete = trainings.filter(({ iterations }) => iterations.length === longest);
  const trials = Math.max(...trainings.map(({ trial }) => trial)) + 1;
  const over = `mean over ${trials} ${trials === 1 ? 'trial' : 'trials'}`;
  return [
    {
      name: 'accuracy-against-time',
      caption: `Test accuracy against time without the first encoding: ${over}, the band is one standard error.`,
      spec: accuracySpec(trainings),
    },
    {
      name: 'time-per-iteration',
      caption: `Where the time of an iteration goes: ${over} and all iterations.`,
      spec: timeSpec(trainings),
    },
    ...speedupFigure(complete, over, published),
  ];
}

function trainingsOf(rows: readonly IterationRow[]): Training[] {
  const varying = conditionKeys.filter((column) => new Set(rows.map(({ key }) => keyText(key, column))).size > 1);
  const clocks = new Set(rows.map(({ clock }) => clock)).size > 1;
  const conditionOf = ({ key, clock }: IterationRow) =>
    [...varying.map((column) => `${column}=${keyText(key, column) || 'none'}`), ...(clocks ? [clock] : [])].join(' ');
  const groups = groupBy(rows, (row) => JSON.stringify([conditionOf(row), row.key.scheme, row.key.options, row.trial]));
  return [...groups.values()].map((iterations) => ({
    scheme: iterations[0]!.key.scheme,
    condition: conditionOf(iterations[0]!),
    trial: iterations[0]!.trial,
    iterations: [...iterations].sort((a, b) => a.iteration - b.iteration),
  }));
}

/** Trials of one scheme under one condition. */
function cells(trainings: readonly Training[]): Training[][] {
  return [...groupBy(trainings, ({ condition, scheme }) => JSON.stringify([condition, scheme])).values()];
}

function facetTitle(trainings: readonly Training[]): string | undefined {
  return trainings.some(({ condition }) => condition !== '') ? '' : undefined;
}

function subject(trainings: readonly Training[]): string {
  const { key, clock } = trainings[0]!.iterations[0]!;
  return `${key.dataset}, N = ${keyText(key, 'N')}, ${clock} clock`;
}

function accuracySpec(trainings: readonly Training[]): Figure['spec'] {
  const values = cells(trainings).flatMap((group) => {
    const { scheme, condition } = group[0]!;
    const steps = Math.min(...group.map(({ iterations }) => iterations.length));
    const every = Math.max(1, Math.round((steps - 1) / 10));
    const clocks = group.map(() => 0);
    return Array.from({ length: steps }, (_, i) => {
      group.forEach(({ iterations }, t) => {
        if (i > 0) clocks[t]! += duration(iterations[i]!);
      });
      const accuracy = summarise(group.map(({ iterations }) => iterations[i]!.accuracy));
      const seconds = summarise(clocks).mean;
      const spread = accuracy.sem > 0 ? accuracy.sem : 0;
      return {
        x: seconds,
        y: accuracy.mean,
        low: accuracy.mean - spread,
        high: accuracy.mean + spread,
        series: scheme,
        facet: condition,
        marked: i % every === 0,
        tip: `${scheme}, iteration ${i}: accuracy = ${short(accuracy.mean)} after ${short(seconds)} s`,
      };
    });
  });
  const scales = seriesScales([...new Set(trainings.map(({ scheme }) => scheme))]);
  const bySeries = (scale: object) => ({ field: 'series', type: 'nominal', title: null, scale });
  const x = { field: 'x', type: 'quantitative', title: 'time (s)', axis: { format: '~r', tickCount: 5 } };
  const y = (field: string) => ({ field, type: 'quantitative', title: 'test accuracy', ...shareAxis });
  const color = bySeries(scales.colour);
  return framed(
    [
      {
        mark: { type: 'area', opacity: 0.18, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      { mark: { type: 'line', strokeWidth: 1.4, aria: false }, encoding: { x, y: y('y'), color } },
      {
        transform: [{ filter: 'datum.marked' }],
        mark: { type: 'point', size: 30 },
        encoding: { x, y: y('y'), color, shape: bySeries(scales.marker), description: { field: 'tip' } },
      },
    ],
    values,
    facetTitle(trainings),
    subject(trainings),
  );
}

function timeSpec(trainings: readonly Training[]): Figure['spec'] {
  const values = cells(trainings).flatMap((group) => {
    const { scheme, condition } = group[0]!;
    const steps = group.flatMap(({ iterations }) => iterations.slice(1));
    return parts.map(([part], order) => {
      const mean = summarise(steps.map((row) => row[part])).mean * 1e3;
      return {
        x: scheme,
        y: mean,
        part,
        order,
        facet: condition,
        tip: `${scheme}: ${part} ${short(mean)} ms an iteration`,
      };
    });
  });
  const names: readonly Part[] = parts.map(([part]) => part);
  return framed(
    [
      {
        mark: { type: 'bar' },
        encoding: {
          x: { field: 'x', type: 'nominal', sort: null, title: null, axis: { labelAngle: -35 } },
          y: {
            field: 'y',
            type: 'quantitative',
            stack: 'zero',
            title: 'time per iteration (ms)',
            axis: { format: '~r', tickCount: 5 },
          },
          color: {
            field: 'part',
            type: 'nominal',
            title: null,
            sort: [...names].reverse(),
            scale: { domain: [...names].reverse(), range: parts.map(([, colour]) => colour).reverse() },
          },
          order: { field: 'order', type: 'quantitative' },
          description: { field: 'tip' },
        },
      },
    ],
    values,
    facetTitle(trainings),
    subject(trainings),
    { bands: { count: new Set(values.map(({ x }) => x)).size, step: 42 } },
  );
}

/** How many times longer every other scheme takes than AVCC (or the last scheme), trial by trial. */
function speedupFigure(trainings: readonly Training[], over: string, published: readonly PublishedSpeedup[]): Figure[] {
  const schemes = [...new Set(trainings.map(({ scheme }) => scheme))];
  const fast = schemes.includes('AVCC') ? 'AVCC' : schemes.at(-1);
  const others = schemes.filter((scheme) => scheme !== fast);
  if (fast === undefined || others.length === 0) return [];
  const time = new Map(
    trainings.map((training) => [
      JSON.stringify([training.condition, training.scheme, training.trial]),
      trainingTime(training),
    ]),
  );
  const values = [...groupBy(trainings, ({ condition }) => condition)].flatMap(([condition, group]) =>
    others.flatMap((scheme) => {
      const ratios = group
        .filter((training) => training.scheme === scheme)
        .flatMap((training) => {
          const own = time.get(JSON.stringify([condition, fast, training.trial]));
          return own === undefined ? [] : [trainingTime(training) / own];
        });
      if (ratios.length === 0) return [];
      const { mean, sem } = summarise(ratios);
      const spread = sem > 0 ? sem : 0;
      const tip = `${fast} is ${short(mean)} ± ${short(spread)} times as fast as ${scheme}`;
      const stated = published.find((entry) => entry.scheme === fast && entry.over === scheme);
      const mark = stated && { published: stated.value, publishedText: `[${stated.source}] ≤ ${stated.value}` };
      return [{ x: scheme, y: mean, low: mean - spread, high: mean + spread, facet: condition, tip, ...mark }];
    }),
  );
  if (values.length === 0) return [];
  const scale = seriesScales(others).colour;
  const x = { field: 'x', type: 'nominal', sort: null, title: null, axis: { labelAngle: -35 } };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `time of a training / time of ${fast}`,
    axis: { format: '~r', tickCount: 6 },
  });
  const spec = framed(
    [
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          y: y('y'),
          color: { field: 'x', type: 'nominal', scale, legend: null },
          description: { field: 'tip' },
        },
      },
      { mark: { type: 'rule', strokeWidth: 1.4, aria: false }, encoding: { x, y: y('low'), y2: { field: 'high' } } },
      { mark: { type: 'rule', strokeDash: [4, 3], aria: false }, encoding: { y: { datum: 1 } } },
      ...(values.some((value) => 'published' in value) ? publishedMarks(x, y('published')) : []),
    ],
    values,
    facetTitle(trainings),
    subject(trainings),
    { bands: { count: others.length, step: 48 } },
  );
  const marks = values.some((value) => 'published' in value)
    ? ' The marks are the largest speed-ups that the source states, with settings of its own.'
    : '';
  const caption = `Speed-up of ${fast}, without the first encoding: ${over}, trial by trial; the bars' lines are one standard error, the dashed line is equal speed.${marks}`;
  return [{ name: 'speed-up', caption, spec }];
}

/** A line with its source and value across the bar of the scheme that a published speed-up is over. */
function publishedMarks(x: object, y: object): object[] {
  const transform = [{ filter: 'isValid(datum.published)' }];
  return [
    { transform, mark: { type: 'tick', thickness: 2.5, size: 44, color: '#555555', aria: false }, encoding: { x, y } },
    {
      transform,
      mark: { type: 'text', dy: 10, aria: false },
      encoding: { x, y, text: { field: 'publishedText' } },
    },
  ];
}
