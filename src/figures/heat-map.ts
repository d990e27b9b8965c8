import type { MetricName } from '../metrics/table.ts';
import { metrics as metricTable } from '../metrics/table.ts';
import { isEqual } from '../results/optimum.ts';
import type { SummaryRow } from '../results/read.ts';
import { groupBy } from '../util/group.ts';
import { short } from './lines.ts';
import type { FigureSpec } from './render.ts';
import { keyLabel, metricLabel, sharedConditions } from './request.ts';

/** A surface over λ_enc × λ_dec: cells of one scheme and condition. */
export interface Surface {
  readonly scheme: string;
  readonly rows: readonly SummaryRow[];
}

/** The surfaces among summary rows: schemes and conditions with at least two values of both λ. */
export function surfaces(rows: readonly SummaryRow[]): Surface[] {
  const condition = ({ key }: SummaryRow) =>
    JSON.stringify([
      key.scheme,
      key.model,
      key.dataset,
      key.output,
      key.K,
      key.N,
      key.S,
      key.E,
      key.stragglers,
      key.attack,
      key.order,
      key.options,
    ]);
  return [...groupBy(rows, condition).values()]
    .filter((cells) => {
      const values = (name: 'lambda_enc' | 'lambda_dec') => new Set(cells.map(({ key }) => key[name])).size;
      return (
        values('lambda_enc') > 1 &&
        values('lambda_dec') > 1 &&
        cells.length > values('lambda_enc') + values('lambda_dec')
      );
    })
    .map((cells) => ({ scheme: cells[0]!.key.scheme, rows: cells }));
}

/** @returns the best cell of a surface; undefined when no cell has the metric */
export function bestRow(rows: readonly SummaryRow[], metric: MetricName): SummaryRow | undefined {
  const sign = metricTable.get(metric).better === 'lower' ? 1 : -1;
  const value = (row: SummaryRow) => row.metrics.get(metric)?.mean ?? Number.NaN;
  const usable = rows.filter((row) => Number.isFinite(value(row)));
  return usable.sort((a, b) => sign * (value(a) - value(b)))[0];
}

type Lambda = 'lambda_enc' | 'lambda_dec';

/** Where a value stands on the axis of a surface. */
interface Place {
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
  const places = new Map<number, Place>(coarse.map((lambda, at) => [lambda, { at, half: 0.5 }]));
  for (const [lambda] of partners) {
    if (places.has(lambda)) continue;
    const below = coarse.filter((value) => value < lambda).length;
    const gap = values.filter((value) => !coarse.includes(value) && coarse.filter((c) => c < value).length === below);
    const step = 1 / (gap.length + 1);
    places.set(lambda, { at: below - 1 + step * (gap.indexOf(lambda) + 1), half: step / 2 });
  }
  return { places, coarse };
}

function lambdaText(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('.0e', 'e').replace('-', '−');
}

/**
 * Heat map of a metric over λ_enc × λ_dec, the cells of a refinement smaller and on top of the grid's. The best cell has a
 * frame; on a surface that λ was tuned on, cells that the paired trials cannot tell from it have a dot: how flat it is.
 */
export function heatMap({ rows, scheme }: Surface, metric: MetricName): FigureSpec {
  const best = bestRow(rows, metric);
  const asGood = new Set(rows.filter(({ fromBest }) => fromBest && isEqual(fromBest)));
  const enc = surfaceAxis(rows, 'lambda_enc');
  const dec = surfaceAxis(rows, 'lambda_dec');
  const values = rows.flatMap((row) => {
    const statistics = row.metrics.get(metric);
    if (!statistics || !Number.isFinite(statistics.mean)) return [];
    const [x, y] = [dec.places.get(row.key.lambda_dec!)!, enc.places.get(row.key.lambda_enc!)!];
    const half = { x: x.half, y: y.half };
    // a grid value that a refinement tried again with a value between: as small as its neighbours there
    const small = Math.min(half.x, half.y);
    return [
      {
        x: x.at,
        y: y.at,
        left: x.at - small,
        right: x.at + small,
        low: y.at - small,
        high: y.at + small,
        small: small < 0.5,
        value: statistics.mean,
        best: row === best,
        asGood: asGood.has(row),
        tip: `λ_enc = ${lambdaText(row.key.lambda_enc!)}, λ_dec = ${lambdaText(row.key.lambda_dec!)}: ${metric} = ${short(statistics.mean)} ± ${short(statistics.sem)} (standard error)`,
      },
    ];
  });
  const means = values.map(({ value }) => value);
  const ratio = Math.max(...means) / Math.min(...means);
  const lower = metricTable.get(metric).better === 'lower';
  const axisOf = ({ places, coarse }: ReturnType<typeof surfaceAxis>, labelAngle: number) => {
    const at = [...places.values()].map((place) => place.at);
    return {
      scale: { domain: [Math.min(...at) - 0.5, Math.max(...at) + 0.5], nice: false, zero: false },
      axis: {
        values: coarse.map((_, place) => place),
        labelExpr: `${JSON.stringify(coarse.map(lambdaText))}[datum.value]`,
        labelAngle,
        labelOverlap: false,
        domain: false,
        ticks: false,
        grid: false,
      },
    };
  };
  const [xAxis, yAxis] = [axisOf(dec, -60), axisOf(enc, 0)];
  const channel = (field: string, axis: object, name: Lambda) => ({
    field,
    type: 'quantitative',
    title: keyLabel(name),
    ...axis,
  });
  const x = channel('x', xAxis, 'lambda_dec');
  const y = channel('y', yAxis, 'lambda_enc');
  const cell = {
    x: channel('left', xAxis, 'lambda_dec'),
    x2: { field: 'right' },
    y: channel('low', yAxis, 'lambda_enc'),
    y2: { field: 'high' },
  };
  const first = rows[0]!;
  return {
    // small cells last: they lie on top
    data: { values: [...values].sort((a, b) => Number(a.small) - Number(b.small)) },
    title: [
      `${scheme}: ${sharedConditions([first], [])}`,
      `□ best${first.fromBest ? `    ● no difference seen to it, paired, 95 % (${asGood.size} of ${values.length})` : ''}; ${first.trials} trials`,
    ],
    width: 30 * dec.coarse.length,
    height: 24 * enc.coarse.length,
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 0.5 },
        encoding: {
          ...cell,
          color: {
            field: 'value',
            type: 'quantitative',
            title: metricLabel(metric),
            scale: {
              scheme: 'cividis',
              reverse: lower,
              type: means.every((mean) => mean > 0) && ratio > 5 ? 'log' : 'linear',
            },
            legend: { gradientLength: 160, format: '~r', tickCount: 5 },
          },
          description: { field: 'tip' },
        },
      },
      {
        transform: [{ filter: 'datum.asGood && !datum.best' }],
        mark: { type: 'point', shape: 'circle', size: 16, color: '#D55E00', aria: false },
        encoding: { x, y },
      },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'rect', filled: false, stroke: '#D55E00', strokeWidth: 2.5, aria: false },
        encoding: cell,
      },
    ],
  };
}
