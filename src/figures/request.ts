import { type MetricName, metrics as metricTable } from '../metrics/table.ts';
import { notMeasured, type SummaryRow } from '../results/read.ts';
import { type CellKey, type KeyColumn, keyColumns, type NumericKey, numericKeys } from '../results/schema.ts';
import { keyText } from '../tables/keys.ts';
import { nearest, UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';

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
    const metricNames = metricTable.names;
    return {
      x: key('x', entry.x),
      y: known('y', entry.y, metricNames),
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

/** Keys that a sweep varies, best axis first. λ come last: a tuned λ varies with everything else. */
const axisKeys: readonly NumericKey[] = ['S', 'N', 'K', 'E'];

/**
 * The figures of a run that asks for none: MSE and RelAcc against the numeric key that varies most, a panel for each value
 * of the second one; λ where nothing else varies.
 */
export function defaultRequests(rows: readonly SummaryRow[], mse: 'mse' | 'mse_per_output'): FigureRequest[] {
  const count = (key: KeyColumn) => mostValues(rows, key);
  const [x, facet] = axisKeys.filter((key) => count(key) > 1).sort((a, b) => count(b) - count(a));
  const lambdas = (['lambda_enc', 'lambda_dec'] as const).filter((key) => count(key) > 1);
  const axes: { x: KeyColumn; facet?: KeyColumn }[] = x
    ? [{ x, ...(facet && count(facet) <= 6 && { facet }) }]
    : lambdas.length > 0
      ? lambdas.map((key) => ({ x: key }))
      : [{ x: 'scheme' }];
  const has = (name: MetricName) => rows.some((row) => Number.isFinite(row.metrics.get(name)?.mean));
  const shown = ([mse, has('agreement') && !has('accuracy') ? 'agreement' : 'relacc', 'degraded'] as const).filter(has);
  return axes.flatMap((axis) => shown.map((y) => ({ ...axis, y, by: 'scheme' as const })));
}

/** Largest number of values of a key within one scheme. */
function mostValues(rows: readonly SummaryRow[], key: KeyColumn): number {
  const schemes = [...groupBy(rows, (row) => row.key.scheme).values()];
  return Math.max(0, ...schemes.map((cells) => new Set(cells.map((row) => keyText(row.key, key))).size));
}

/** A point of a figure with its standard error; `x` is absent for a cell without a value there. */
export interface FigurePoint {
  readonly row: SummaryRow;
  readonly x: number | string | undefined;
  readonly y: number;
  readonly sem: number;
  readonly series: string;
  readonly facet: string;
}

/** The data of one picture. */
export interface FigureData {
  readonly request: FigureRequest;
  readonly points: readonly FigurePoint[];
  /** Keys that tell this picture from others of the same request. */
  readonly part: Partial<Record<KeyColumn, string>>;
}

const isNumericKey = (key: KeyColumn): key is NumericKey => (numericKeys as readonly string[]).includes(key);

/**
 * The pictures of a request: one, or one a value of a key that would put several points on one place. A series whose points
 * lie on one x only because another λ is swept is left to the figure of that λ. A picture whose axis nothing in it has a
 * place on (S with Bernoulli stragglers, a λ that is not swept) is drawn by scheme.
 * @returns none when no cell has the metric
 */
export function figureData(rows: readonly SummaryRow[], request: FigureRequest): FigureData[] {
  const { x, y, by, facet } = request;
  const usable = rows.filter((row) => Number.isFinite(row.metrics.get(y)?.mean));
  const seriesKey = (row: SummaryRow) => lineKey(row, request);
  const axisSweeps = [...groupBy(usable, seriesKey).values()].some((cells) => distinct(cells, x) > 1);
  const kept = [...groupBy(usable, seriesKey).values()].flatMap((cells) => {
    const other = x === 'lambda_enc' ? 'lambda_dec' : 'lambda_enc';
    const sweepsOther = x.startsWith('lambda') && axisSweeps && distinct(cells, x) === 1 && distinct(cells, other) > 1;
    return sweepsOther ? [] : cells;
  });
  const place = (row: SummaryRow) => `${seriesKey(row)} ${keyText(row.key, x)}`;
  const crowded = [...groupBy(kept, place).values()].filter((cells) => cells.length > 1);
  const splitting = keyColumns.filter(
    (key) => ![x, by, facet].includes(key) && crowded.some((cells) => distinct(cells, key) > 1),
  );
  // a reference without a value of a splitting key (BACC has no λ) stands in every picture
  const parts = groupBy(
    kept.filter((row) => splitting.every((key) => keyText(row.key, key) !== '')),
    ({ key }) => JSON.stringify(splitting.map((column) => keyText(key, column))),
  );
  const everywhere = kept.filter((row) => splitting.some((key) => keyText(row.key, key) === ''));
  return [...parts].map(([name, cells]) => {
    const values = JSON.parse(name) as string[];
    const together = kept.filter((row) => cells.includes(row) || everywhere.includes(row));
    const shown = hasCurve(together, request) ? request : { ...request, x: 'scheme' as const };
    return {
      request: shown,
      part: Object.fromEntries(splitting.map((key, i) => [key, values[i]!])),
      points: together.map((row) => point(row, shown)),
    };
  });
}

/** Which line of a figure a row belongs to: its series in its panel. */
function lineKey({ key }: SummaryRow, { by, facet }: FigureRequest): string {
  return JSON.stringify([keyText(key, by), facet ? keyText(key, facet) : '']);
}

/** Whether a picture has a point on its x axis; on a λ axis, which is logarithmic, 0 and a single value are none. */
function hasCurve(rows: readonly SummaryRow[], request: FigureRequest): boolean {
  const { x } = request;
  if (!isNumericKey(x)) return true;
  if (!x.startsWith('lambda')) return rows.some(({ key }) => key[x] !== undefined);
  return [...groupBy(rows, (row) => lineKey(row, request)).values()].some(
    (cells) => cells.length > 1 && cells.some(({ key }) => (key[x] ?? 0) > 0),
  );
}

function point(row: SummaryRow, { x, y, by, facet }: FigureRequest): FigurePoint {
  const { mean, sem } = row.metrics.get(y) ?? notMeasured;
  return {
    row,
    x: isNumericKey(x) ? row.key[x] : keyText(row.key, x),
    y: mean,
    sem: Number.isFinite(sem) ? sem : 0,
    series: keyText(row.key, by),
    facet: facet ? keyText(row.key, facet) : '',
  };
}

function distinct(rows: readonly SummaryRow[], key: KeyColumn): number {
  return new Set(rows.map((row) => keyText(row.key, key))).size;
}

const keyLabels: Partial<Record<KeyColumn, string>> = {
  K: 'queries K',
  N: 'workers N',
  S: 'stragglers S',
  E: 'Byzantine workers E',
  lambda_enc: 'λ_enc',
  lambda_dec: 'λ_dec',
};

/** A key as an axis names it. */
export function keyLabel(key: KeyColumn): string {
  return keyLabels[key] ?? key;
}

/** A metric as an axis names it. */
export function metricLabel(name: MetricName): string {
  return metricTable.get(name).label;
}

/** Conditions that all points share, for the line above a figure; λ and options are left to the caption. */
export function sharedConditions(rows: readonly SummaryRow[], except: readonly (KeyColumn | undefined)[]): string {
  const [first] = rows;
  if (!first) return '';
  const value = (key: CellKey, column: KeyColumn) => keyText(key, column);
  const shared = (['output', 'K', 'N', 'S', 'E', 'stragglers', 'attack'] as const).filter(
    (column) =>
      !except.includes(column) &&
      value(first.key, column) !== '' &&
      !(column === 'E' && first.key.E === 0) &&
      !(column === 'stragglers' && first.key.stragglers === 'uniform') &&
      rows.every((row) => value(row.key, column) === value(first.key, column)),
  );
  const subject = `${first.key.model} on ${first.key.dataset}`;
  return [subject, ...shared.map((column) => `${column} = ${value(first.key, column)}`)].join(', ');
}
