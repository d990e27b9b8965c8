import { type MetricName, metrics } from '../../metrics/table.ts';
import { isEqual } from '../../results/optimum.ts';
import type { SummaryRow } from '../../results/read.ts';
import { type KeyColumn, keyColumns } from '../../results/schema.ts';
import { keyText } from '../../tables/keys.ts';
import { groupBy } from '../../util/group.ts';
import { counted } from '../../util/text.ts';
import { keyLabel, lambdaText, metricLabel, numberText, sharedConditions, spreadText } from '../labels.ts';
import { shade } from '../palette.ts';
import type { ColourBar, LegendItem, Mark, Picture } from '../plot/picture.ts';
import { logAxis, position, roundTicks, type Scale, type Tick } from '../plot/scale.ts';

/** A surface over λ_enc × λ_dec: cells of one scheme and condition. */
export interface Surface {
  readonly scheme: string;
  readonly rows: readonly SummaryRow[];
  /** What tells it from the run's other surfaces besides scheme, K, N and S, such as `output=softmax`. */
  readonly apart: readonly string[];
}

const conditionKeys: readonly KeyColumn[] = keyColumns.filter(
  (key) => key !== 'experiment' && !key.startsWith('lambda'),
);

/** The surfaces among summary rows: schemes and conditions with at least two values of both λ. */
export function surfaces(rows: readonly SummaryRow[]): Surface[] {
  const grids = [
    ...groupBy(rows, ({ key }) => JSON.stringify(conditionKeys.map((column) => key[column]))).values(),
  ].filter((cells) => {
    const values = (name: Lambda) => new Set(cells.map(({ key }) => key[name])).size;
    return (
      values('lambda_enc') > 1 && values('lambda_dec') > 1 && cells.length > values('lambda_enc') + values('lambda_dec')
    );
  });
  const telling = conditionKeys.filter(
    (column) =>
      !['scheme', 'K', 'N', 'S'].includes(column) && new Set(grids.map(([row]) => keyText(row!.key, column))).size > 1,
  );
  return grids.map((cells) => {
    const { key } = cells[0]!;
    return { scheme: key.scheme, rows: cells, apart: telling.map((column) => `${column}=${keyText(key, column)}`) };
  });
}

/** @returns the best cell of a surface; undefined when no cell has the metric */
export function bestRow(rows: readonly SummaryRow[], metric: MetricName): SummaryRow | undefined {
  const sign = metrics.get(metric).better === 'lower' ? 1 : -1;
  const value = (row: SummaryRow) => row.metrics.get(metric)?.mean ?? Number.NaN;
  const usable = rows.filter((row) => Number.isFinite(value(row)));
  return usable.sort((a, b) => sign * (value(a) - value(b)))[0];
}

type Lambda = 'lambda_enc' | 'lambda_dec';

/** Where a value stands on the axis of a surface. */
interface Seat {
  readonly at: number;
  /** Half the width of its cells. */
  readonly half: number;
}

/**
 * An axis of a surface: the values of the grid one apart, the values of a refinement, which were tried with few of the other
 * λ, evenly between their neighbours.
 */
function surfaceAxis(rows: readonly SummaryRow[], name: Lambda) {
  const other = name === 'lambda_enc' ? 'lambda_dec' : 'lambda_enc';
  const partners = groupBy(rows, ({ key }) => key[name]!);
  const count = (lambda: number) => new Set(partners.get(lambda)!.map(({ key }) => key[other])).size;
  const values = [...partners.keys()].sort((a, b) => a - b);
  const most = Math.max(...values.map(count));
  const coarse = values.filter((lambda) => 2 * count(lambda) > most);
  const seats = new Map<number, Seat>(coarse.map((lambda, at) => [lambda, { at, half: 0.5 }]));
  for (const [lambda] of partners) {
    if (seats.has(lambda)) continue;
    const below = coarse.filter((value) => value < lambda).length;
    const gap = values.filter((value) => !coarse.includes(value) && coarse.filter((c) => c < value).length === below);
    const step = 1 / (gap.length + 1);
    seats.set(lambda, { at: below - 1 + step * (gap.indexOf(lambda) + 1), half: step / 2 });
  }
  const places = [...seats.values()].map(({ at }) => at);
  const scale: Scale = { kind: 'linear', low: Math.min(...places) - 0.5, high: Math.max(...places) + 0.5, margin: 0 };
  const ticks = coarse.map((lambda, at): Tick => ({ at, label: [lambdaText(lambda)] }));
  return { seats, axis: { scale, ticks, title: keyLabel(name), grid: false } };
}

/** Colour of what marks cells of a surface. */
const markColour = '#b33009';

/**
 * Heat map of a metric over λ_enc × λ_dec, the cells of a refinement smaller and on top of the grid's. The best cell has a
 * frame; on a surface that λ was tuned on, cells that the paired trials cannot tell from it have a dot: how flat it is.
 */
export function surfacePicture({ rows, scheme }: Surface, metric: MetricName): Picture {
  const best = bestRow(rows, metric);
  const asGood = new Set(rows.filter(({ fromBest }) => fromBest && isEqual(fromBest)));
  const enc = surfaceAxis(rows, 'lambda_enc');
  const dec = surfaceAxis(rows, 'lambda_dec');
  const measured = rows.filter((row) => Number.isFinite(row.metrics.get(metric)?.mean));
  const { bar, colour } = colours(
    measured.map((row) => row.metrics.get(metric)!.mean),
    metric,
  );
  const cells = measured.map((row) => {
    const { mean, sem } = row.metrics.get(metric)!;
    const [x, y] = [dec.seats.get(row.key.lambda_dec!)!, enc.seats.get(row.key.lambda_enc!)!];
    // a grid value that a refinement tried again with a value between: as small as its neighbours there
    const half = Math.min(x.half, y.half);
    const lambdas = `λ_enc = ${lambdaText(row.key.lambda_enc!)}, λ_dec = ${lambdaText(row.key.lambda_dec!)}`;
    return {
      row,
      half,
      x: [x.at - half, x.at + half] as const,
      y: [y.at - half, y.at + half] as const,
      at: { x: x.at, y: y.at },
      colour: colour(mean),
      tip: `${lambdas}: ${metricLabel(metric)} = ${numberText(mean)}${spreadText(sem)}`,
    };
  });
  const marks: Mark[] = [
    // small cells last: they lie on top
    ...[...cells]
      .sort((a, b) => b.half - a.half)
      .map(
        ({ x, y, colour: fill, tip }): Mark => ({
          kind: 'rect',
          x,
          y,
          fill: { colour: fill, outline: '#ffffff' },
          tip,
        }),
      ),
    ...cells
      .filter(({ row }) => row === best)
      .map(({ x, y }): Mark => ({ kind: 'rect', x, y, fill: { outline: markColour, heavy: true } })),
    ...cells
      .filter(({ row }) => asGood.has(row) && row !== best)
      .map(({ at }): Mark => ({ kind: 'point', ...at, marker: { shape: 'circle' }, colour: markColour, small: true })),
  ];
  const first = rows[0]!;
  const legend: LegendItem[] = [
    { label: 'best', fill: { outline: markColour, heavy: true } },
    ...(first.fromBest
      ? [
          {
            label: `no difference seen to it, paired, 95 % (${asGood.size} of ${cells.length})`,
            marker: { shape: 'circle' },
            colour: markColour,
          } as const,
        ]
      : []),
  ];
  return {
    panels: [{ x: { ...dec.axis, bands: true }, y: { ...enc.axis, bands: true }, marks }],
    columns: 1,
    shared: true,
    legend,
    colourBar: bar,
    title: `${scheme}: ${sharedConditions([first])}, ${counted(first.trials, 'trial')}`,
    rows: Math.max(10, 1.9 * enc.axis.ticks.length),
  };
}

/** Colours of values: the better the brighter, by ratio where they span more than a factor of 5. */
function colours(means: readonly number[], metric: MetricName): { bar: ColourBar; colour: (mean: number) => string } {
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const lower = metrics.get(metric).better === 'lower';
  const axis =
    low > 0 && high / low > 5
      ? logAxis([low, high])
      : { scale: { kind: 'linear', low, high, margin: 0 } as const, ticks: roundTicks(low, high, 4) };
  const scale = { ...axis.scale, margin: 0 };
  const toned = (share: number) => shade(lower ? 1 - share : share);
  const ticks = axis.ticks.flatMap(({ at, label }) =>
    label[0] === undefined ? [] : [{ share: position(scale, at), label: label[0] }],
  );
  return { bar: { title: metricLabel(metric), colour: toned, ticks }, colour: (mean) => toned(position(scale, mean)) };
}
