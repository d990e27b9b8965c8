import { pairedDifference, summarise } from '../../results/statistics.ts';
import { groupBy } from '../../util/group.ts';
import { escapeHtml, markdownRow } from '../../util/markdown.ts';
import { writtenLatency } from '../../workers/latencies/written.ts';
import type { ServingConfig } from './config.ts';
import { liveColumns, type UnitMetric } from './format.ts';
import type { CellLoads } from './results.ts';

const header = [
  'scheme',
  'need',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'p99.9 ms',
  'accuracy %',
  'cut off %',
  'tasks',
  'worker-ms',
  'utilisation %',
];

/** `table.md`: a part a load point, a row a scheme. */
export function tableText(
  config: ServingConfig,
  names: { model: string; dataset: string },
  cells: readonly CellLoads[],
): string {
  const { K, load, decode, dispatch, cancel } = config;
  const { requests, warmup, queries, wait } = load;
  const what =
    queries === K ? `requests of K = ${K} queries` : `single queries, groups of K = ${K} within ${ms(wait!)} ms`;
  const rules = [
    config.service ? `service ${writtenLatency(config.service)}` : 'servers take what they take',
    ...(config.slow
      ? [
          `${config.slow.workers} workers slow ${config.slow.factor}-fold for ${config.slow.for} of every ${config.slow.every} s`,
        ]
      : []),
    `${dispatch === 'shared' ? 'one queue for all' : 'a queue a worker'}`,
    { none: 'nothing is cancelled', queued: 'waiting tasks are cancelled', running: 'running tasks are cancelled too' }[
      cancel
    ],
    ...(decode.deadline === undefined ? [] : [`deadline ${ms(decode.deadline)} ms`]),
  ];
  const parts = [...groupBy(cells, ({ condition }) => String(condition)).values()].flatMap((own) => {
    const { N, workers, rate } = own[0]!.cell;
    return [
      `## ${rate} requests a second, ${workers} workers, N = ${N}`,
      '',
      markdownRow(header),
      markdownRow(header.map(() => '---')),
      ...own.map((cell) => markdownRow(fieldsOf(cell))),
      '',
    ];
  });
  const overhead = cells.filter(({ live }) => live.length > 0).map(({ live }) => live);
  const most = (column: (typeof liveColumns)[number]) =>
    Math.max(...overhead.map((live) => live[liveColumns.indexOf(column)]!));
  const unstable = cells.some(({ values }) => summarise(values.get('unstable')!).mean > 0);
  return [
    `# ${config.name}`,
    '',
    `${escapeHtml(`${names.model}, ${names.dataset}`)}: ${what}; ${rules.join(', ')}.`,
    `${config.trials} independent runs of ${requests - warmup} requests${warmup > 0 ? ` after ${warmup} of warm-up` : ''}; ± is half a 95 % interval over the runs. Latency counts from the scheduled arrival.`,
    ...(config.clock
      ? [
          `Real servers${config.clock.dilation === 1 ? '' : `, ${config.clock.dilation} times slower than written`}. Overhead of a task, at most: p50 ${ms(most('overhead_p50_s'))} ms, p99 ${ms(most('overhead_p99_s'))} ms; a percentile less than ten times the latter is not given (a larger clock.dilation makes it smaller). Tasks without an answer: at most ${shown(100 * most('failed'), 2)} %.`,
        ]
      : []),
    ...(unstable
      ? ['**!**: the queue kept growing: there is no steady state, and the numbers depend on how long was served.']
      : []),
    '',
    ...parts,
  ].join('\n');
}

function fieldsOf({ label, cell, values }: CellLoads): string[] {
  const mean = (name: UnitMetric) => summarise(values.get(name)!).mean;
  const percent = (name: UnitMetric, digits: number) => shown(100 * mean(name), digits);
  const quantile = (name: UnitMetric) => {
    const own = values.get(name)!;
    if (own.some(Number.isNaN)) return '–';
    const { mean: average, high } = pairedDifference(own, new Float64Array(own.length));
    return `${ms(average)}${Number.isNaN(high) ? '' : ` ± ${ms(high - average)}`}`;
  };
  return [
    `${label}${mean('unstable') > 0 ? ' **!**' : ''}`,
    String(cell.need ?? ''),
    ...(['p50_s', 'p95_s', 'p99_s', 'p999_s'] as const).map(quantile),
    percent('accuracy', 2),
    percent('cut_off', 2),
    shown(mean('tasks'), 2),
    shown(1e3 * mean('worker_s'), 1),
    percent('utilisation', 1),
  ];
}

function ms(seconds: number): string {
  return (1e3 * seconds).toFixed(1);
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits);
}
