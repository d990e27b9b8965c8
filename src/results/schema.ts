/**
 * Names and order of the columns in the files of a run (docs/reference/files.md). The one place that knows them: writers,
 * readers, the gate and the figures all take them from here.
 */
import { type MetricName, metricColumns } from '../metrics/table.ts';

export { metricColumns };

/** Version of the file formats; stands in `manifest.json` as `format`. */
export const formatVersion = 1;

/** What a cell is, in this order, in every CSV. A key that does not apply is empty. */
export const keyColumns = [
  'experiment',
  'model',
  'dataset',
  'output',
  'scheme',
  'K',
  'N',
  'S',
  'E',
  'lambda_enc',
  'lambda_dec',
  'order',
  'stragglers',
  'attack',
  'options',
] as const;
export type KeyColumn = (typeof keyColumns)[number];

/** Key columns that hold numbers. */
export const numericKeys = ['K', 'N', 'S', 'E', 'lambda_enc', 'lambda_dec'] as const satisfies readonly KeyColumn[];
export type NumericKey = (typeof numericKeys)[number];

/** The key of a cell as it is read: numbers where the column is a number, `undefined` where it is empty. */
export type CellKey = {
  readonly [C in KeyColumn]: C extends NumericKey ? number | undefined : string;
};

/** Header of `trials.csv`. */
export function trialColumns(applicable: Iterable<MetricName> = []): string[] {
  return [...keyColumns, 'trial', 'survivors', ...metricColumns(applicable)];
}

/** Header of `summary.csv`. */
export function summaryColumns(applicable: Iterable<MetricName> = []): string[] {
  const statistics = metricColumns(applicable).flatMap((name) => [`${name}_mean`, `${name}_std`, `${name}_sem`]);
  return [...keyColumns, 'trials', ...statistics, 'relacc_undefined'];
}

/**
 * Further columns of the `summary.csv` of a λ surface: the tuning metric minus that of the best pair, paired over the
 * trials, with its 95 % interval.
 */
export const fromBestColumns = ['from_best_mean', 'from_best_low', 'from_best_high'] as const;

/** Keys in which two cells of one condition may differ, besides the scheme. */
export const sideKeys = ['lambda_enc', 'lambda_dec', 'options', 'N', 'order'] as const satisfies readonly KeyColumn[];
export type SideKey = (typeof sideKeys)[number];

/** What every `paired.csv` has: the key without its scheme, a pair of schemes, a metric and their difference. */
export const leastPairedColumns = [
  ...keyColumns.filter((column) => column !== 'scheme'),
  'scheme_a',
  'scheme_b',
  'metric',
  'trials',
  'diff_mean',
  'diff_sem',
  'ci_low',
  'ci_high',
] as const;

/** Header of `paired.csv`; the last columns are `lambda_enc_a`, `lambda_enc_b`, …: the keys of either side. */
export const pairedColumns: readonly string[] = [
  ...leastPairedColumns,
  ...sideKeys.flatMap((column) => [`${column}_a`, `${column}_b`]),
];

/** Header of `ratios.csv`: the key is that of the cell above the line, the `to_` columns say what stands below it. */
export const ratioColumns: readonly string[] = [
  ...keyColumns,
  'to_scheme',
  'to_N',
  'to_lambda_enc',
  'to_lambda_dec',
  'metric',
  'trials',
  'mean',
  'to_mean',
  'ratio',
  'ci_low',
  'ci_high',
  'carried_by',
];

/** Header of `iterations.csv` (kind `training`). */
export const iterationColumns = [
  ...keyColumns,
  'trial',
  'iteration',
  'clock',
  'accuracy',
  'loss',
  'compute_s',
  'wait_s',
  'verify_s',
  'decode_s',
  'recode_s',
  'K_used',
  'excluded',
] as const;

/** Header of `failures.csv`: a row per cell that failed. */
export const failureColumns = [...keyColumns, 'trial', 'reason'] as const;

/** Names of the files in a run folder. */
export const files = {
  manifest: 'manifest.json',
  trials: 'trials.csv',
  summary: 'summary.csv',
  paired: 'paired.csv',
  /** The same by gzip, in a reference. */
  pairedPacked: 'paired.csv.gz',
  ratios: 'ratios.csv',
  iterations: 'iterations.csv',
  failures: 'failures.csv',
  /** Quantiles of latency with intervals, and its distribution: of `kind: serving`. */
  latency: 'latency.csv',
  distribution: 'distribution.csv',
  /** The sets of points, of `kind: samples`. */
  samples: 'samples.json',
  /** The best λ pairs, of `tune`. */
  optimum: 'optimum.csv',
  tableMarkdown: 'table.md',
  tableCsv: 'table.csv',
  tableLatex: 'table.tex',
  report: 'report.html',
  figures: 'figures',
} as const;
