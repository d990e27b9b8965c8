import { metricColumns } from '../../metrics/table.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import type { Manifest } from '../../results/manifest.ts';
import {
  failureColumns,
  files,
  formatVersion,
  iterationColumns,
  keyColumns,
  summaryColumns,
  trainingColumns,
} from '../../results/schema.ts';
import { type Summary, summarise } from '../../results/statistics.ts';
import { timestamp } from '../../util/clock.ts';
import { sha256 } from '../../util/files.ts';
import { optionsText } from '../../util/option-text.ts';
import { machine, revision, versions } from '../../util/versions.ts';
import { attackText } from '../../workers/attack-spec.ts';
import type { TrainingConfig } from './config.ts';
import type { TwoClassData } from './data.ts';
import type { Evaluation } from './reference.ts';
import type { TrainingCell } from './run.ts';
import { tableText } from './table-text.ts';
import type { Problem } from './train.ts';
import { type CellResult, sum, trainingValues } from './values.ts';

/** Columns of `speedups.csv` after the key without its scheme. */
const speedupColumns = [
  'clock',
  'scheme_a',
  'scheme_b',
  'trials',
  'speedup_mean',
  'speedup_sem',
  'speedup_with_setup_mean',
  'speedup_with_setup_sem',
  'accuracy_gain_mean',
  'accuracy_gain_sem',
] as const;

const schemeColumn = keyColumns.indexOf('scheme');

/** The texts of all CSVs and tables of a run, by file name. */
export function trainingFiles(
  config: TrainingConfig,
  problem: Problem,
  results: readonly CellResult[],
  floating: Evaluation,
): Map<string, string> {
  const keyed = results.map((result) => ({ ...result, key: keyOf(config, problem, result.cell) }));
  const reference = problem.reference.evaluations.at(-1)!;
  const written = new Map([
    [
      files.iterations as string,
      lines([...iterationColumns, 'status', 'awaited', 'exact'], keyed.flatMap(iterationRows)),
    ],
    [files.summary, summaryText(keyed, reference)],
    ['speedups.csv', lines([...withoutScheme(keyColumns), ...speedupColumns], speedupRows(keyed))],
    ['table.md', tableText(config, problem, results, reference, floating)],
  ]);
  const failures = keyed.flatMap(({ key, trials }) =>
    trials.flatMap(({ failure }, trial) => (failure ? [[...key, String(trial), failure]] : [])),
  );
  if (failures.length > 0) written.set(files.failures, lines(failureColumns, failures));
  return written;
}

type Keyed = CellResult & { readonly key: readonly string[] };

function keyOf(config: TrainingConfig, { data, options }: Problem, cell: TrainingCell): string[] {
  const { scheme } = cell;
  const own: [string, unknown][] = [
    ['E', scheme.E],
    ['clock', cell.clock === 'simulated' ? undefined : cell.clock],
    ['recode', scheme.recode === 'always' ? scheme.recode : undefined],
  ];
  const values: Record<(typeof keyColumns)[number], string> = {
    experiment: config.name,
    model: `logistic-regression(${options.pixelBits};${options.weightBits};${options.errorBits})${options.T ? ` T=${options.T}` : ''}`,
    dataset: data.name,
    output: '',
    scheme: scheme.label,
    K: String(cell.K),
    N: String(cell.N),
    S: String(cell.S),
    E: String(cell.E),
    lambda_enc: '',
    lambda_dec: '',
    order: '',
    stragglers: `slowdown(${cell.slowdown})${config.stragglers.changes ? '-changing' : ''}`,
    attack: cell.attack ? attackText(cell.attack) : '',
    options: optionsText(own),
  };
  return keyColumns.map((column) => values[column]);
}

function withoutScheme<T>(key: readonly T[]): T[] {
  return key.filter((_, column) => column !== schemeColumn);
}

function lines(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => `${csvLine(row)}\n`).join('');
}

function iterationRows({ key, cell, trials }: Keyed): string[][] {
  return trials.flatMap(({ iterations }, trial) =>
    iterations.map(({ iteration, accuracy, loss, ledger, K, excluded, status, awaited, exact }) => [
      ...key,
      String(trial),
      String(iteration),
      cell.clock,
      ...[accuracy, loss, ledger.compute, ledger.wait, ledger.verify, ledger.decode, ledger.recode].map(cellText),
      String(K),
      excluded.join(' '),
      status,
      String(awaited),
      exact ? '1' : '0',
    ]),
  );
}

const statistics = ({ mean, std, sem }: Summary) => [mean, std, sem].map(cellText);

/** The columns of every run (most of them empty: there are no decoded queries to measure), then those of training. */
function summaryText(keyed: readonly Keyed[], reference: Evaluation): string {
  const always = metricColumns();
  const header = [
    ...summaryColumns(),
    ...trainingColumns.flatMap((name) => [`${name}_mean`, `${name}_std`, `${name}_sem`]),
  ];
  const rows = keyed.map(({ key, trials }) => {
    const values = trials.map(trainingValues);
    const shared = new Map<string, number[]>([
      ['accuracy', values.map(({ accuracy }) => accuracy)],
      ['base_accuracy', values.map(() => reference.accuracy)],
      ['relacc', values.map(({ accuracy }) => accuracy / reference.accuracy)],
    ]);
    return [
      ...key,
      String(trials.length),
      ...always.flatMap((name) => statistics(summarise(shared.get(name) ?? []))),
      '0',
      ...trainingColumns.flatMap((name) => statistics(summarise(values.map((value) => value[name])))),
    ];
  });
  return lines(header, rows);
}

/**
 * Every scheme of a condition against every one before it. `speedup`: how many times longer `scheme_b` takes for all the
 * iterations, with and without the first encoding; `accuracy_gain`: final accuracy of `scheme_a` minus that of `scheme_b`, in
 * points. Trials in which one of the two stopped early are left out.
 */
function speedupRows(keyed: readonly Keyed[]): string[][] {
  return keyed.flatMap((a, i) =>
    keyed.slice(0, i).flatMap((b) => {
      if (!sameCondition(a.cell, b.cell)) return [];
      const pairs = a.trials.map(
        (result, trial) => [trainingValues(result), trainingValues(b.trials[trial]!)] as const,
      );
      const ratio = summarise(pairs.map(([x, y]) => y.total_s / x.total_s));
      const whole = summarise(pairs.map(([x, y]) => (y.total_s + y.setup_s) / (x.total_s + x.setup_s)));
      const gain = summarise(pairs.map(([x, y]) => 100 * (x.accuracy - y.accuracy)));
      const key = withoutScheme(a.key.map((field, column) => (field === b.key[column] ? field : '')));
      const numbers = [ratio, whole, gain].flatMap(({ mean, sem }) => [mean, sem].map(cellText));
      return [[...key, a.cell.clock, a.cell.scheme.label, b.cell.scheme.label, String(ratio.n), ...numbers]];
    }),
  );
}

function sameCondition(a: TrainingCell, b: TrainingCell): boolean {
  const { scheme: _a, ...conditionA } = a;
  const { scheme: _b, ...conditionB } = b;
  return JSON.stringify(conditionA) === JSON.stringify(conditionB);
}

/** `manifest.json` of a training run. */
export function trainingManifest(
  config: TrainingConfig,
  data: TwoClassData,
  started: string,
  results: readonly CellResult[],
): Manifest {
  const plain = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  return {
    format: formatVersion,
    config: plain,
    config_sha256: sha256(JSON.stringify(plain)),
    seed: config.seed,
    trials: config.trials,
    status: 'done',
    versions: versions(),
    revision: revision(),
    digests: { models: {}, data: { [data.name]: data.sha256 } },
    machine: machine(),
    times: { started, finished: timestamp() },
    counts: {
      cells: results.length,
      failedCells: sum(results.map(({ trials }) => trials.filter(({ failure }) => failure).length)),
    },
  };
}
