import type { MetricName } from '../metrics/table.ts';
import { metricByName } from '../metrics/table.ts';
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

/** How good a surface is around its best cell. */
export interface Optimum {
  readonly best: SummaryRow;
  /** Cells within two standard errors (of the difference, as if independent) of the best one, itself included. */
  readonly asGood: readonly SummaryRow[];
}

/** @returns undefined when no cell has the metric */
export function optimum(rows: readonly SummaryRow[], metric: MetricName): Optimum | undefined {
  const sign = metricByName(metric)!.better === 'lower' ? 1 : -1;
  const usable = rows.filter((row) => Number.isFinite(row.metrics.get(metric)?.mean));
  const value = (row: SummaryRow) => row.metrics.get(metric)!;
  const [best] = [...usable].sort((a, b) => sign * (value(a).mean - value(b).mean));
  if (!best) return undefined;
  const asGood = usable.filter((row) => {
    const error = Math.hypot(value(row).sem || 0, value(best).sem || 0);
    return sign * (value(row).mean - value(best).mean) <= 2 * error;
  });
  return { best, asGood };
}

/**
 * Heat map of a metric over λ_enc × λ_dec. The best cell has a frame, cells within two standard errors of it a dot: how flat
 * the optimum is.
 */
export function heatMap({ rows, scheme }: Surface, metric: MetricName): FigureSpec {
  const found = optimum(rows, metric);
  const lambdaText = (value: number | undefined) =>
    value === 0 ? '0' : (value ?? Number.NaN).toExponential(1).replace('.0e', 'e');
  const order = (name: 'lambda_enc' | 'lambda_dec') =>
    [...new Set(rows.map(({ key }) => key[name]!))].sort((a, b) => a - b).map(lambdaText);
  const values = rows.flatMap((row) => {
    const statistics = row.metrics.get(metric);
    if (!statistics || !Number.isFinite(statistics.mean)) return [];
    const [enc, dec] = [lambdaText(row.key.lambda_enc), lambdaText(row.key.lambda_dec)];
    return [
      {
        enc,
        dec,
        value: statistics.mean,
        best: row === found?.best,
        asGood: found?.asGood.includes(row) ?? false,
        tip: `λ_enc = ${enc}, λ_dec = ${dec}: ${metric} = ${short(statistics.mean)} ± ${short(statistics.sem)} (standard error)`,
      },
    ];
  });
  const means = values.map(({ value }) => value);
  const ratio = Math.max(...means) / Math.min(...means);
  const lower = metricByName(metric)!.better === 'lower';
  const axis = { labelAngle: 0, labelOverlap: false, domain: false, ticks: false, grid: false };
  const x = {
    field: 'dec',
    type: 'ordinal',
    title: keyLabel('lambda_dec'),
    sort: order('lambda_dec'),
    axis: { ...axis, labelAngle: -60 },
  };
  const y = {
    field: 'enc',
    type: 'ordinal',
    title: keyLabel('lambda_enc'),
    sort: [...order('lambda_enc')].reverse(),
    axis,
  };
  const first = rows[0]!;
  return {
    data: { values },
    title: [
      `${scheme}: ${sharedConditions([first], [])}`,
      `□ best    ● within two standard errors of it (${found?.asGood.length ?? 0} of ${values.length}); ${first.trials} trials`,
    ],
    width: { step: 30 },
    height: { step: 24 },
    view: { fill: '#ececec' }, // pairs that a refinement left out
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 0.5 },
        encoding: {
          x,
          y,
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
        mark: { type: 'point', shape: 'circle', size: 22, color: '#D55E00', aria: false },
        encoding: { x, y },
      },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'rect', filled: false, stroke: '#D55E00', strokeWidth: 2.5, aria: false },
        encoding: { x, y },
      },
    ],
  } as unknown as FigureSpec;
}
