import { isOverSomeQueries, type Measured, type MeasuredName, measuredByName } from '../metrics/measured.ts';
import { hasOneOutput } from '../results/cells.ts';
import type { TableOptions } from '../results/manifest.ts';
import type { MetricStatistics, SummaryRow } from '../results/read.ts';
import type { KeyColumn } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { countedRange, seen } from '../util/text.ts';
import { describeKey, keyText } from './keys.ts';
import { type PublishedNumber, publishedDecimals, publishedFor } from './published.ts';
import { queriesOf } from './queries.ts';
import { stopNotes } from './stops.ts';
import { partialRows, undecodedNotes } from './undecoded.ts';

/** A table in the paper's layout, before it is rendered: a row per scheme and condition, a group of columns per model. */
export interface PaperTable {
  /** Keys that take several values within one model; they are columns before the method. */
  readonly rowKeys: readonly KeyColumn[];
  readonly groups: readonly TableGroup[];
  readonly metrics: readonly Measured[];
  readonly rows: readonly TableRow[];
  /** Keys with one value in the whole table. */
  readonly fixed: readonly { readonly key: KeyColumn; readonly value: string }[];
  /** Sentences under the table. */
  readonly notes: readonly string[];
}

export interface TableGroup {
  readonly model: string;
  readonly dataset: string;
  /** Conditions that belong to this model only, such as its own S. */
  readonly own: readonly { readonly key: KeyColumn; readonly value: string }[];
}

/** What a cell of a table holds. */
export interface TableCell extends MetricStatistics {
  /** Of a published number: the decimals that its source prints. */
  readonly decimals?: number;
  /** Of a metric over some of the queries: which ones, as `queriesOf` tells. */
  readonly queries?: string;
  /** Whether another scheme of the condition decoded a trial that this one could not: its mean leaves hard ones out. */
  readonly partial?: true;
}

export interface TableRow {
  readonly keys: readonly string[];
  readonly scheme: string;
  /** Tag of the source; absent for a row of our own. */
  readonly source?: string;
  /** Key of the source for `\cite`. */
  readonly cite?: string;
  /** `cells[group][metric]`; undefined where nothing was measured or published. */
  readonly cells: readonly (readonly (TableCell | undefined)[])[];
}

/** Metrics that join a table when the run has them: both views of accuracy, how well liars were found, times. */
const extraMetrics: readonly MeasuredName[] = [
  'degraded',
  'overall',
  'locate_precision',
  'locate_recall',
  'oracle_accuracy',
  'exact',
  'failed_iterations',
  'awaiting_iterations',
  'total_s',
  'wait_s',
  'setup_s',
  'p50_s',
  'p95_s',
  'p99_s',
];
/** What counts classes: nothing for a model of one output. */
const ofClasses: readonly MeasuredName[] = ['degraded', 'overall', 'oracle_accuracy'];
/** Keys that say under which conditions a scheme was run; the λ and options only enter where they tell two rows apart. */
const conditionKeys: readonly KeyColumn[] = ['output', 'K', 'N', 'S', 'E', 'stragglers', 'attack', 'experiment'];
const detailKeys: readonly KeyColumn[] = ['order', 'lambda_enc', 'lambda_dec', 'options'];

/**
 * Arranges summary rows as the paper does: methods down, models across, `mean ± std` in the cells.
 * @param rows of one run or of several; schemes and models keep the order of their first row
 * @param options.published numbers to print beside ours, from `readPublished`
 * @param options.metrics those to show, in this order; without it the paper's and what the run has besides
 */
export function paperTable(
  rows: readonly SummaryRow[],
  options: Partial<TableOptions> & {
    readonly published?: readonly PublishedNumber[];
    readonly metrics?: readonly MeasuredName[];
  } = {},
): PaperTable {
  const groupOf = (row: SummaryRow) => JSON.stringify([row.key.model, row.key.dataset]);
  const byGroup = groupBy(rows, groupOf);
  const groupNames = [...byGroup.keys()];
  const varies = (key: KeyColumn, among: readonly SummaryRow[]) =>
    new Set(among.map((row) => keyText(row.key, key))).size > 1;
  const variesInside = (key: KeyColumn) => groupNames.some((name) => varies(key, byGroup.get(name)!));

  const rowKeys = conditionKeys.filter(variesInside);
  const identity = (row: SummaryRow) =>
    JSON.stringify([groupOf(row), row.key.scheme, ...rowKeys.map((key) => keyText(row.key, key))]);
  for (const key of detailKeys) {
    const clashes = [...groupBy(rows, identity).values()].filter((cell) => cell.length > 1);
    if (clashes.some((cell) => varies(key, cell))) rowKeys.push(key);
  }

  const mse = options.mse ?? 'mse';
  const published = (options.published ?? []).filter((number) =>
    rows.some((row) => publishedFor(row.key, [number]).length > 0),
  );
  const optional = [...extraMetrics, ...published.map((number) => number.metric)].filter(
    (name) =>
      !['mse', 'mse_per_output'].includes(name) &&
      hasValues(rows, name) &&
      !(ofClasses.includes(name) && hasOneOutput(rows)),
  );
  const shown = options.metrics ?? [...mainMetrics(rows, mse), ...optional];
  const metrics = [...new Set<MeasuredName>(shown)].map(measuredByName);

  const condition = (row: SummaryRow) => JSON.stringify([groupOf(row), ...rowKeys.map((key) => keyText(row.key, key))]);
  const partial = partialRows(rows, condition);
  const lines = [
    ...groupBy(rows, (row) =>
      JSON.stringify([...rowKeys.map((key) => keyText(row.key, key)), row.key.scheme]),
    ).values(),
  ];
  const tableRows = lines.flatMap((line): TableRow[] => {
    const key = line[0]!.key;
    const base = { keys: rowKeys.map((column) => keyText(key, column)), scheme: key.scheme };
    const inGroup = groupNames.map((name) => line.find((row) => groupOf(row) === name));
    const ours = {
      ...base,
      cells: inGroup.map((row) => metrics.map((metric) => row && ownCell(row, metric, partial.has(row)))),
    };
    const beside = inGroup.map((row) => (row ? publishedFor(row.key, published) : []));
    const sources = [...new Set(beside.flat().map((number) => number.source))];
    return [
      ours,
      ...sources.map((source) => ({
        ...base,
        source,
        ...citation(beside.flat(), source),
        cells: beside.map((numbers) => metrics.map((metric) => publishedCell(numbers, source, metric, mse))),
      })),
    ];
  });

  const fixedKeys = conditionKeys.filter((key) => !rowKeys.includes(key));
  const common = fixedKeys.filter((key) => !varies(key, rows));
  const value = (key: KeyColumn, row: SummaryRow) => ({ key, value: keyText(row.key, key) });
  const own = fixedKeys.filter((key) => !common.includes(key) && key !== 'experiment');
  return {
    rowKeys,
    metrics,
    rows: tableRows,
    groups: groupNames.map((name) => {
      const first = byGroup.get(name)![0]!;
      return { model: first.key.model, dataset: first.key.dataset, own: own.map((key) => value(key, first)) };
    }),
    fixed: rows[0] ? common.map((key) => value(key, rows[0]!)).filter((entry) => entry.value !== '') : [],
    notes: [
      ...notes(rows, options, published, rowKeys),
      ...(metrics.some(({ name }) => name === 'base_accuracy') || hasOneOutput(rows) ? [] : baseAccuracies(rows)),
    ],
  };
}

function ownCell(row: SummaryRow, metric: Measured, partial: boolean): TableCell | undefined {
  const cell = row.metrics.get(metric.name);
  const queries = isOverSomeQueries(metric) ? queriesOf(row) : undefined;
  return cell && { ...cell, ...(queries !== undefined && { queries }), ...(partial && { partial }) };
}

/** The first metrics of a table: the paper's, or those of a training. */
function mainMetrics(rows: readonly SummaryRow[], mse: TableOptions['mse']): MeasuredName[] {
  if (hasValues(rows, 'amplification')) return ['degraded', 'base_accuracy', 'agreement', 'amplification'];
  if (hasOneOutput(rows)) return [mse];
  // points without labels have no accuracy: how often the decoded class is the model's is what can be said
  const unlabelled = hasValues(rows, 'agreement') && !hasValues(rows, 'accuracy');
  const quality = unlabelled ? 'agreement' : 'relacc';
  if (hasValues(rows, mse)) return [mse, quality];
  return unlabelled ? [quality] : ['accuracy', quality];
}

function hasValues(rows: readonly SummaryRow[], name: MeasuredName): boolean {
  return rows.some((row) => Number.isFinite(row.metrics.get(name)?.mean));
}

function notes(
  rows: readonly SummaryRow[],
  { patterns = [1], fixedBatch = false }: Partial<TableOptions>,
  published: readonly PublishedNumber[],
  rowKeys: readonly KeyColumn[],
): string[] {
  const trials = [...new Set(rows.map((row) => row.trials))].sort((a, b) => a - b);
  const each = patterns.some((count) => count > 1) ? `, each the mean over ${patterns.join(' or ')} patterns` : '';
  const found = [
    `Mean ± standard deviation over ${countedRange(trials, 'trial')}${each}.`,
    ...stopNotes(rows, rowKeys),
  ];
  if (fixedBatch) found.push('All trials decode one batch (batch: fixed): the deviation is that of faults alone.');
  const undefinedTrials = groupBy(
    rows.filter((row) => row.relaccUndefined > 0),
    (row) => row.key.model,
  );
  for (const [model, affected] of undefinedTrials) {
    const worst = affected.reduce((a, b) => (b.relaccUndefined > a.relaccUndefined ? b : a));
    found.push(
      `RelAcc leaves out trials in which the base model ${model} has no query right: up to ${worst.relaccUndefined} of ${worst.trials}.`,
    );
  }
  found.push(...undecodedNotes(rows, rowKeys));
  for (const [source, numbers] of groupBy(published, (number) => number.source)) {
    const places = [...new Set(numbers.map((number) => number.place))].join(', ');
    const remarks = [...new Set(numbers.map((number) => number.note).filter((note) => note !== undefined))].join('; ');
    const rounding = [
      ...new Set(numbers.flatMap(({ std, tolerance }) => (std === undefined && tolerance ? [tolerance] : []))),
    ];
    const remark = [remarks, rounding.length > 0 && `given to ±${rounding.sort((a, b) => a - b).join(' or ')}`];
    const text = remark.filter(Boolean).join('; ');
    found.push(`Published numbers [${source}]: ${places}${text && ` (${text})`}.`);
  }
  return found;
}

/** How often the models alone are right on the queries that were decoded: a wrong set-up shows here. None without labels. */
function baseAccuracies(rows: readonly SummaryRow[]): string[] {
  const decoded = rows.filter((row) => hasValues([row], 'agreement') && hasValues([row], 'base_accuracy'));
  const groups = [...groupBy(decoded, ({ key }) => JSON.stringify([key.model, key.dataset])).values()];
  return groups.map((cells) => {
    const { model, dataset } = cells[0]!.key;
    const means = cells.map(({ metrics }) => metrics.get('base_accuracy')!.mean);
    const [low, high] = [Math.min(...means), Math.max(...means)].map((mean) => String(Number(mean.toPrecision(4))));
    const twice = groups.some(([row]) => row!.key.model === model && row!.key.dataset !== dataset);
    const range = low === high ? low : `${low} to ${high}`;
    return `Base accuracy of ${model} on these queries${twice ? ` of ${dataset}` : ''}: ${range}.`;
  });
}

/** A published mean squared error stands in whichever of the two columns the table shows: papers do not say the scale. */
function publishedCell(
  numbers: readonly PublishedNumber[],
  source: string,
  metric: Measured,
  mse: TableOptions['mse'],
): TableCell | undefined {
  const wanted = metric.name === mse ? 'mse' : metric.name;
  const found = numbers.find((number) => number.source === source && number.metric === wanted);
  return (
    found && {
      mean: found.value,
      std: found.std ?? Number.NaN,
      sem: Number.NaN,
      decimals: publishedDecimals(found),
    }
  );
}

function citation(numbers: readonly PublishedNumber[], source: string): { readonly cite?: string } {
  const cite = numbers.find((number) => number.source === source)?.cite;
  return cite === undefined ? {} : { cite };
}

/**
 * The rows of several runs for one table.
 * @throws UserError when a run has no cells, or two runs have a cell in common (another seed of one experiment)
 */
export function joinRuns(
  runs: readonly { readonly folder: string; readonly rows: readonly SummaryRow[] }[],
): SummaryRow[] {
  const owners = new Map<string, string>();
  for (const { folder, rows } of runs) {
    if (rows.length === 0) throw new UserError(`${folder}: its summary.csv has no cells; run the experiment again`);
    for (const { key } of rows) {
      const cell = seen(JSON.stringify(key)); // rows that look alike are misread
      const owner = owners.get(cell);
      if (owner !== undefined)
        throw new UserError(
          `${folder}: has the cell "${describeKey(key)}" of ${owner} again; a table shows it once: print the runs apart, or compare them by 'approxifer diff'`,
        );
      owners.set(cell, folder);
    }
  }
  return runs.flatMap(({ rows }) => [...rows]);
}
