import { loadMetrics } from '../../metrics/load.ts';
import type { MetricName } from '../../metrics/table.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import { keyColumns, metricColumns, summaryColumns } from '../../results/schema.ts';
import { pairedDifference, type Summary, summarise } from '../../results/statistics.ts';
import type { CellTrials } from '../../results/summaries.ts';
import type { UnitResults } from '../../runs/stage.ts';
import { cellId, type ServingCell } from './cells.ts';
import type { ServingConfig } from './config.ts';
import {
  firstLive,
  levels,
  liveColumns,
  qualityNames,
  type UnitMetric,
  type UnitValues,
  unitMetrics,
} from './format.ts';
import { fewestQueries } from './measures.ts';

/** A cell with the numbers of its trials. */
export interface CellLoads extends CellTrials {
  readonly cell: ServingCell;
  /** [trials] the quantiles of latency at `levels`. */
  readonly quantiles: readonly Float64Array[];
  /** Means over the trials of `liveColumns`; empty on a simulated clock. */
  readonly live: readonly number[];
}

/** The trials of a complete stage by cell. @param keys key columns of each cell as text */
export function cellLoads(
  cells: readonly ServingCell[],
  keys: readonly (readonly string[])[],
  trials: number,
  results: UnitResults<UnitValues>,
): CellLoads[] {
  return cells.map((cell, place) => {
    const runs = Array.from({ length: trials }, (_, trial) => results.get(`${cellId(cell)}/${trial}`)!.result);
    const values = unitMetrics.map((name, i) => [name, Float64Array.from(runs, (run) => run[i]!)] as const);
    return {
      cell,
      key: keys[place]!,
      condition: cell.condition,
      label: cell.entry.label,
      values: new Map(values),
      quantiles: runs.map((run) => run.subarray(unitMetrics.length, firstLive)),
      live: liveColumns.flatMap((_, i) =>
        runs[0]!.length > firstLive ? [summarise(runs.map((run) => run[firstLive + i]!)).mean] : [],
      ),
    };
  });
}

const statistics = ({ mean, std, sem }: Summary) => [mean, std, sem].map(cellText);

/** `summary.csv`: the columns of every run, then those of a system under load. */
export function loadSummaryCsv(cells: readonly CellLoads[]): string {
  const isQuality = new Set<MetricName>(qualityNames);
  const header = [
    ...summaryColumns(),
    ...loadMetrics.flatMap(({ name }) => [`${name}_mean`, `${name}_std`, `${name}_sem`]),
  ];
  const rows = cells.map(({ key, values }) => [
    ...key,
    String(values.get('utilisation')!.length),
    ...metricColumns().flatMap((name) => statistics(summarise(isQuality.has(name) ? values.get(name)! : []))),
    '0',
    ...loadMetrics.flatMap(({ name }) => statistics(summarise(values.get(name)!))),
  ]);
  return csvText(header, rows);
}

/** Quantiles of `latency.csv`, with their names there. */
const reported = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** Metrics of `latency.csv` besides the quantiles. */
const besides = [
  'within',
  'cut_off',
  'reconstructed',
  'tasks',
  'worker_s',
  'accuracy',
  'base_accuracy',
  'unstable',
] as const satisfies readonly UnitMetric[];

/**
 * `latency.csv`: a row a cell. The interval of a quantile is Student's over the trials, 95 %: latencies of one run hang together
 * through the queue, runs do not. `too_few` names the quantiles for which a trial has fewer requests than LoadGen asks for.
 */
export function latencyCsv(config: ServingConfig, cells: readonly CellLoads[]): string {
  const measured = config.load.requests - config.load.warmup;
  const tooFew = reported.filter(([, level]) => measured < fewestQueries(level)).map(([name]) => name);
  const header = [
    ...keyColumns,
    ...['workers', 'rate', 'need', 'trials', 'requests', 'utilisation'],
    ...reported.flatMap(([name]) => [`${name}_s`, `${name}_low`, `${name}_high`]),
    ...['latency_s', 'latency_low', 'latency_high'],
    ...besides,
    'too_few',
    ...(config.clock ? liveColumns : []),
  ];
  const rows = cells.map(({ cell, key, values, live }) => {
    const mean = (name: UnitMetric) => cellText(summarise(values.get(name)!).mean);
    const interval = (name: UnitMetric) => {
      const own = values.get(name)!;
      const { mean: average, low, high } = pairedDifference(own, new Float64Array(own.length));
      // a quantile that some trial does not define is not the mean of the others
      return own.some(Number.isNaN) ? ['', '', ''] : [average, low, high].map(cellText);
    };
    return [
      ...key,
      ...[cell.workers, cell.rate, cell.need ?? '', config.trials, measured].map(String),
      mean('utilisation'),
      ...(['p50_s', 'p95_s', 'p99_s', 'p999_s', 'latency_s'] as const).flatMap(interval),
      ...besides.map(mean),
      tooFew.join(' '),
      ...live.map(cellText),
    ];
  });
  return csvText(header, rows);
}

/** `distribution.csv`: a row a cell and level, the mean over the trials of the quantile there. */
export function distributionCsv(cells: readonly CellLoads[]): string {
  const rows = cells.flatMap(({ cell, key, quantiles }) =>
    levels.map((level, i) => {
      const { n, mean } = summarise(quantiles.map((run) => run[i]!));
      return [...key, String(cell.rate), String(level), n === quantiles.length ? cellText(mean) : ''];
    }),
  );
  return csvText([...keyColumns, 'rate', 'share', 'latency_s'], rows);
}

/** A whole CSV file. */
function csvText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => `${csvLine(row)}\n`).join('');
}
