import { trainingValues } from '../../metrics/training.ts';
import { cellText } from '../../results/csv.ts';
import { keyColumns } from '../../results/schema.ts';
import { summarise } from '../../results/statistics.ts';
import type { TrainingCell } from './cells.ts';
import { type CellResult, csvText, finalAccuracy } from './summary.ts';

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

/**
 * `speedups.csv`: every scheme of a condition against every one before it. `speedup`: how many times longer `scheme_b` takes
 * for all the iterations, with and without the first encoding; `accuracy_gain`: final accuracy of `scheme_a` minus that of
 * `scheme_b`, in points. Trials in which one of the two stopped early are left out.
 */
export function speedupsText(results: readonly CellResult[]): string {
  const rows = results.flatMap((a, place) =>
    results
      .slice(0, place)
      .filter((b) => condition(a.cell) === condition(b.cell))
      .map((b) => speedupRow(a, b)),
  );
  return csvText([...withoutScheme(keyColumns), ...speedupColumns], rows);
}

function speedupRow(a: CellResult, b: CellResult): string[] {
  const pairs = a.trials.map((training, trial) => [measures(training), measures(b.trials[trial]!)] as const);
  const ratio = summarise(pairs.map(([x, y]) => y.total / x.total));
  const whole = summarise(pairs.map(([x, y]) => (y.total + y.setup) / (x.total + x.setup)));
  const gain = summarise(pairs.map(([x, y]) => 100 * (x.accuracy - y.accuracy)));
  const key = withoutScheme(a.key.map((field, column) => (field === b.key[column] ? field : '')));
  const numbers = [ratio, whole, gain].flatMap(({ mean, sem }) => [mean, sem].map(cellText));
  return [...key, a.cell.clock, a.cell.scheme.label, b.cell.scheme.label, String(ratio.n), ...numbers];
}

function measures(training: CellResult['trials'][number]) {
  const { total_s: total, setup_s: setup } = trainingValues(training);
  return { total, setup, accuracy: finalAccuracy(training) };
}

function withoutScheme<T>(key: readonly T[]): T[] {
  return key.filter((_, column) => column !== schemeColumn);
}

function condition({ scheme: _, ...rest }: TrainingCell): string {
  return JSON.stringify(rest);
}
