import { type MetricName, metrics } from '../metrics/table.ts';
import { hasFollowingLambda, hasOneOutput } from '../results/cells.ts';
import type { SummaryRow } from '../results/read.ts';
import { type KeyColumn, keyColumns } from '../results/schema.ts';
import { keyText } from '../tables/keys.ts';
import { nearest, UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { isNumericKey } from './labels.ts';
import { type Arrangement, arrange, linesOf } from './series.ts';

/** A figure that a config asks for: `figures: [{x: S, y: mse, by: scheme, facet: N}]`. */
export interface FigureRequest {
  readonly x: KeyColumn;
  readonly y: MetricName;
  readonly by: KeyColumn;
  readonly facet?: KeyColumn;
}

/** @throws UserError for a column or metric that does not exist */
export function parseRequests(written: unknown): FigureRequest[] {
  if (!Array.isArray(written)) throw new UserError('figures: expected a list such as [{x: S, y: mse}]');
  return written.map((entry: Readonly<Record<string, unknown>>) => {
    const key = (name: string, value: unknown): KeyColumn => known(name, value, keyColumns);
    return {
      x: key('x', entry.x),
      y: known('y', entry.y, metrics.names),
      by: key('by', entry.by ?? 'scheme'),
      ...(entry.facet !== undefined && { facet: key('facet', entry.facet) }),
    };
  });
}

function known<T extends string>(name: string, value: unknown, names: readonly T[]): T {
  if (names.includes(value as T)) return value as T;
  const guess = nearest(String(value), names);
  const hint = guess ? `did you mean "${guess}"?` : `known: ${names.join(', ')}`;
  throw new UserError(`figures: ${name}: unknown column "${String(value)}"; ${hint}`);
}

/** Keys that a sweep varies, best axis first. λ come last: one that is tuned or by a rule varies with everything else. */
const axisKeys: readonly KeyColumn[] = ['S', 'N', 'K', 'E'];

/** Attacks that are worth a table of their own. */
const fewestAttacks = 3;

/**
 * The figures of a run that asks for none: MSE and RelAcc against the attack where several are tried; else against the number
 * that joins most of the cells; else against λ; else, as for `settings:`, by scheme.
 * @param hasSettings whether the config lists settings one by one: they are no sweep
 */
export function defaultRequests(
  rows: readonly SummaryRow[],
  mse: 'mse' | 'mse_per_output',
  hasSettings = false,
): FigureRequest[] {
  const has = (name: MetricName) => rows.some((row) => Number.isFinite(row.metrics.get(name)?.mean));
  const classes = [has('agreement') && !has('accuracy') ? 'agreement' : 'relacc', 'degraded'] as const;
  const shown = [mse, ...(hasOneOutput(rows) ? [] : classes)].filter(has);
  const on = (...keys: readonly KeyColumn[]) =>
    keys.flatMap((x) => shown.map((y) => ({ x, y, by: 'scheme' as const })));
  if (new Set(rows.map(({ key }) => key.attack)).size >= fewestAttacks) return on('attack');
  if (hasSettings) return on('scheme');
  const [best] = axisKeys
    .map((x) => ({ x, joined: joinedCells(rows, x) }))
    .filter(({ joined }) => 2 * joined > rows.length)
    .sort((a, b) => b.joined - a.joined);
  if (best) return on(best.x);
  const chosen = rows.filter(({ key }) => !hasFollowingLambda(key)); // such a λ is no sweep
  const lambdas = (['lambda_enc', 'lambda_dec'] as const).filter((key) => mostValues(chosen, key) > 1);
  const settings = axisKeys.some((key) => mostValues(rows, key) > 1);
  return lambdas.length > 0 && !settings ? on(...lambdas) : on('scheme');
}

/** Cells that a figure against `x` joins to others. */
function joinedCells(rows: readonly SummaryRow[], x: KeyColumn): number {
  const lines = groupBy(rows, ({ key }) =>
    JSON.stringify(
      keyColumns.map((column) => (column === x || column.startsWith('lambda') ? '' : keyText(key, column))),
    ),
  );
  return [...lines.values()].reduce((sum, cells) => sum + (distinct(cells, x) > 1 ? cells.length : 0), 0);
}

/** Largest number of values of a key within one scheme. */
function mostValues(rows: readonly SummaryRow[], key: KeyColumn): number {
  return Math.max(0, ...[...groupBy(rows, (row) => row.key.scheme).values()].map((cells) => distinct(cells, key)));
}

function distinct(rows: readonly SummaryRow[], key: KeyColumn): number {
  return new Set(rows.map((row) => keyText(row.key, key))).size;
}

/** What a request becomes: cells in panels and lines, and how they are shown. */
export interface FigureData {
  readonly request: FigureRequest;
  readonly arrangement: Arrangement;
}

/**
 * The pictures of a request. A series whose cells lie on one x only because another λ is swept is left to the figure of that
 * λ. A picture whose axis nothing in it has a place on (S with Bernoulli stragglers, a λ that is not swept) is drawn by scheme.
 * @returns none when no cell has the metric
 */
export function figureData(rows: readonly SummaryRow[], request: FigureRequest): FigureData[] {
  const { x, y, by, facet } = request;
  const usable = rows.filter((row) => Number.isFinite(row.metrics.get(y)?.mean));
  const lines = groupBy(usable, ({ key }) => JSON.stringify([keyText(key, by), facet ? keyText(key, facet) : '']));
  const axisSweeps = [...lines.values()].some((cells) => distinct(cells, x) > 1);
  const other = x === 'lambda_enc' ? 'lambda_dec' : 'lambda_enc';
  const kept = [...lines.values()].flatMap((cells) => {
    const sweepsOther = x.startsWith('lambda') && axisSweeps && distinct(cells, x) === 1 && distinct(cells, other) > 1;
    return sweepsOther ? [] : cells;
  });
  if (x === 'scheme' && by === 'scheme') return settingsData(usable, request);
  return arrange(kept, request).map((arrangement) => ({
    request: hasCurve(arrangement, x) ? request : { x: 'scheme', y, by: 'scheme' },
    arrangement,
  }));
}

/** Cells of all settings, which no line joins, a picture for each model, data set and output. */
function settingsData(rows: readonly SummaryRow[], request: FigureRequest): FigureData[] {
  const pictureKeys = (['experiment', 'model', 'dataset', 'output'] as const).filter((key) => distinct(rows, key) > 1);
  return [...groupBy(rows, ({ key }) => JSON.stringify(pictureKeys.map((column) => key[column]))).values()].map(
    (cells) => ({
      request,
      arrangement: {
        part: Object.fromEntries(pictureKeys.map((column) => [column, cells[0]!.key[column]])),
        panels: [{ heading: '', lines: linesOf(cells, request) }],
      },
    }),
  );
}

/** Whether a picture has a point on its x axis; on a λ axis, which is logarithmic, 0 and a single value are none. */
function hasCurve({ panels }: Arrangement, x: KeyColumn): boolean {
  const lines = panels.flatMap((panel) => panel.lines);
  if (!isNumericKey(x)) return true;
  if (!x.startsWith('lambda')) return lines.some(({ rows }) => rows.some(({ key }) => key[x] !== undefined));
  return lines.some(({ rows }) => rows.length > 1 && rows.some(({ key }) => (key[x] ?? 0) > 0));
}
