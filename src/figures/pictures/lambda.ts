import type { SummaryRow } from '../../results/read.ts';
import { pairedDifference } from '../../results/statistics.ts';
import type { TrialValues } from '../../results/trial-values.ts';
import { keyLabel, keySymbol, lambdaText, metricLabel, numberText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Panel, Picture } from '../plot/picture.ts';
import { linearAxis } from '../plot/scale.ts';
import type { FigureData } from '../request.ts';
import type { Line } from '../series.ts';
import { curveMarks, linePicture, type SeriesPoint } from './lines.ts';

/**
 * The level of a metric against λ and beside it what λ gains: the paired difference from λ = 0 with its 95 % interval. The
 * trials of all λ have the same queries and stragglers, so the difference is known far better than the level.
 * @param trials absent for a folder that keeps its summary only: then the level alone
 */
export function lambdaPicture(data: FigureData, styles: ReadonlyMap<string, Style>, trials?: TrialValues): Picture {
  const level = linePicture(data, styles);
  const { request, arrangement } = data;
  const curves = arrangement.panels.map(({ lines }) =>
    lines.flatMap((line) => {
      const points = differences(line, request, trials);
      return points.length > 0 ? [{ series: line.series, points }] : [];
    }),
  );
  const all = curves.flat().flatMap(({ points }) => points);
  if (all.length === 0) return level;
  const axis = linearAxis(worthSeeing(all));
  const beside = level.panels.map(
    (panel, i): Panel => ({
      ...panel,
      y: { ...axis, title: `difference to ${keyLabel(request.x)} = 0` },
      marks: [
        {
          kind: 'rule',
          from: { x: -Infinity, y: 0 },
          to: { x: Infinity, y: 0 },
          stroke: { colour: '#222222', dash: [] },
          thin: true,
        },
        ...(curves[i] ?? []).flatMap(({ series, points }) => {
          const inside = points.filter(({ mean }) => mean <= axis.scale.high);
          const marks = curveMarks(points, series, styles.get(series)!, true, axis.scale);
          return marks.filter(
            (mark) => mark.kind !== 'point' || inside.some(({ x, mean }) => x === mark.x && mean === mark.y),
          );
        }),
      ],
    }),
  );
  return { ...level, panels: [...level.panels, ...beside], columns: Math.max(2, level.columns), shared: false };
}

/** Whether a folder has what the difference needs, for its caption. */
export function hasDifferences(data: FigureData, trials: TrialValues | undefined): boolean {
  return data.arrangement.panels.some(({ lines }) =>
    lines.some((line) => differences(line, data.request, trials).length > 0),
  );
}

/** Paired differences of the cells of a line from its cell at λ = 0. */
function differences(
  { rows, along }: Line,
  { x, y }: FigureData['request'],
  trials: TrialValues | undefined,
): SeriesPoint[] {
  const at = ({ key }: SummaryRow) => (x === 'lambda_enc' || x === 'lambda_dec' ? key[x] : undefined);
  const zero = rows.find((row) => at(row) === 0);
  const base = zero && trials?.of(zero.key);
  if (!base || along.length > 0) return [];
  return rows
    .filter((row) => (at(row) ?? 0) > 0)
    .flatMap((row) => {
      const values = trials?.of(row.key);
      if (!values) return [];
      const { mean, low, high, n } = pairedDifference(values, base);
      if (!Number.isFinite(mean)) return [];
      const range = Number.isFinite(low) ? ` [${numberText(low)}, ${numberText(high)}] (95 %, paired)` : '';
      const tip = `${row.key.scheme}, ${keySymbol(x)} = ${lambdaText(at(row)!)}: ${metricLabel(y)} − that at 0 = ${numberText(mean)}${range}, ${n} trials`;
      return [
        { x: at(row)!, mean, low: Number.isFinite(low) ? low : mean, high: Number.isFinite(high) ? high : mean, tip },
      ];
    })
    .sort((a, b) => a.x - b.x);
}

/** Largest share of the axis that a curve may take beyond the gain that is looked for: it leaves the panel where it is worse. */
const beyondGain = 2;

/** Ends of the difference axis: all of it, unless the loss at large λ would flatten a gain. */
function worthSeeing(points: readonly SeriesPoint[]): number[] {
  const gain = Math.min(...points.map(({ mean }) => mean));
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  const most = Math.max(...points.map(({ mean }) => mean));
  if (gain >= 0 || most < 4 * -low) return [0, low, high];
  return [0, low, beyondGain * -low];
}
