/** What is measured of a system under load: the columns that the `summary.csv` of `kind: serving` has besides those of every run. */
export interface LoadMetric<Name extends string = string> {
  readonly name: Name;
  readonly label: string;
  readonly unit: '' | 's';
  readonly better: 'lower' | 'higher' | 'none';
  readonly summary: string;
}

/** The table's member with its name as a type. */
function metric<const Name extends string>(entry: LoadMetric<Name>): LoadMetric<Name> {
  return entry;
}

const quantile = <const Name extends string>(name: Name, label: string) =>
  metric({
    name,
    label: `${label} latency (s)`,
    unit: 's',
    better: 'lower',
    summary: `${label} of the requests' latency, from their scheduled arrival; NaN where fewer than one request lies beyond it`,
  });

const table = [
  quantile('p50_s', 'p50'),
  quantile('p95_s', 'p95'),
  quantile('p99_s', 'p99'),
  quantile('p999_s', 'p99.9'),
  metric({ name: 'latency_s', label: 'mean latency (s)', unit: 's', better: 'lower', summary: 'mean latency' }),
  metric({
    name: 'within',
    label: 'within the deadline',
    unit: '',
    better: 'higher',
    summary: 'share of requests that had enough answers by the deadline; NaN where there is none',
  }),
  metric({
    name: 'cut_off',
    label: 'cut off',
    unit: '',
    better: 'lower',
    summary: 'share of requests that a fallback answered, since too little had come at the deadline',
  }),
  metric({
    name: 'reconstructed',
    label: 'reconstructed',
    unit: '',
    better: 'none',
    summary: "share of the queries looked at that did not get the model's own answer",
  }),
  metric({
    name: 'tasks',
    label: 'tasks a request',
    unit: '',
    better: 'lower',
    summary: 'tasks that workers began, for a request',
  }),
  metric({
    name: 'worker_s',
    label: 'worker-seconds a request',
    unit: 's',
    better: 'lower',
    summary: 'seconds that workers were busy for a request, cancelled work up to its end included',
  }),
  metric({
    name: 'utilisation',
    label: 'utilisation',
    unit: '',
    better: 'none',
    summary: 'busy time of all workers over their number times the time',
  }),
  metric({
    name: 'unstable',
    label: 'unstable',
    unit: '',
    better: 'none',
    summary: 'trials in which latency kept growing: more work than the workers can do',
  }),
] as const;

export type LoadMetricName = (typeof table)[number]['name'];

/** The metrics of a system under load, in column order. */
export const loadMetrics: readonly LoadMetric<LoadMetricName>[] = table;
