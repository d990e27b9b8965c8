/** What is measured in a trial. The order of this list is the order of the columns in every file. */
export interface Metric {
  /** Column name. */
  readonly name: MetricName;
  /** As an axis or a table heading prints it. */
  readonly label: string;
  /** `share`: a count of queries over a count of queries (a ratio of two for RelAcc); empty for a pure number. */
  readonly unit: '' | 'share';
  /** Which way is better; `none` where neither is (a property of the base model or of the draw). */
  readonly better: 'lower' | 'higher' | 'none';
  /** Every run has it; the others are columns of the runs they apply to. */
  readonly always: boolean;
  readonly description: string;
}

export type MetricName =
  | 'mse'
  | 'mse_per_output'
  | 'accuracy'
  | 'base_accuracy'
  | 'relacc'
  | 'agreement'
  | 'available'
  | 'degraded'
  | 'overall'
  | 'unavailable'
  | 'degraded_vs_base'
  | 'locate_precision'
  | 'locate_recall'
  | 'oracle_accuracy'
  | 'amplification';

function metric(
  name: MetricName,
  label: string,
  unit: Metric['unit'],
  better: Metric['better'],
  always: boolean,
  description: string,
): Metric {
  return { name, label, unit, better, always, description };
}

/** Every metric, in column order. */
export const metrics: readonly Metric[] = [
  metric('mse', 'MSE', '', 'lower', true, 'squared error of a decoded output vector, mean over the K queries'),
  metric('mse_per_output', 'MSE per output', '', 'lower', true, 'mse divided by the number of outputs'),
  metric('accuracy', 'accuracy', 'share', 'higher', true, 'share of queries whose decoded output has the right class'),
  metric('base_accuracy', 'base accuracy', 'share', 'none', true, 'accuracy of the uncoded model on the same queries'),
  metric(
    'relacc',
    'RelAcc',
    'share',
    'higher',
    true,
    'accuracy / base_accuracy; undefined where the base model has none right',
  ),
  metric('agreement', 'agreement', 'share', 'higher', true, 'share of queries decoded to the class of the true output'),
  metric('available', 'available accuracy', 'share', 'higher', false, 'accuracy on the queries whose own answer came'),
  metric(
    'degraded',
    'degraded accuracy',
    'share',
    'higher',
    false,
    'accuracy on the queries that had to be reconstructed',
  ),
  metric('overall', 'overall accuracy', 'share', 'higher', false, 'accuracy on all queries, available and degraded'),
  metric('unavailable', 'unavailable', 'share', 'none', false, 'share of queries whose own answer did not come'),
  metric(
    'degraded_vs_base',
    'degraded agreement',
    'share',
    'higher',
    false,
    'share of the reconstructed queries that get the class of the base model',
  ),
  metric(
    'locate_precision',
    'location precision',
    'share',
    'higher',
    false,
    'share of excluded workers that were Byzantine',
  ),
  metric('locate_recall', 'location recall', 'share', 'higher', false, 'share of Byzantine workers that were excluded'),
  metric('oracle_accuracy', 'oracle accuracy', 'share', 'none', false, 'accuracy if the Byzantine workers were known'),
  metric(
    'amplification',
    'amplification',
    '',
    'lower',
    false,
    'largest error of a reconstructed output when every parity output is off by at most 1',
  ),
];

const byName = new Map<string, Metric>(metrics.map((entry) => [entry.name, entry]));

export function metricByName(name: string): Metric | undefined {
  return byName.get(name);
}

/** Metric columns of a run: those every run has and the ones named, in the order of the metric table. */
export function metricColumns(applicable: Iterable<MetricName> = []): MetricName[] {
  const named = new Set(applicable);
  return metrics.filter((metric) => metric.always || named.has(metric.name)).map((metric) => metric.name);
}
