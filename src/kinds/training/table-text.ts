import type { TrainingColumn } from '../../results/schema.ts';
import { summarise } from '../../results/statistics.ts';
import { attackText } from '../../workers/attack-spec.ts';
import type { TrainingConfig } from './config.ts';
import type { Evaluation } from './reference.ts';
import type { Problem } from './train.ts';
import type { CellResult } from './values.ts';
import { sum, trainingValues } from './values.ts';

/** `table.md`: what was trained, and a row a cell. */
export function tableText(
  config: TrainingConfig,
  { options, data }: Problem,
  results: readonly CellResult[],
  reference: Evaluation,
  floating: Evaluation,
): string {
  const points = (accuracy: number) => (Number.isNaN(accuracy) ? '–' : (100 * accuracy).toFixed(2));
  const row = (fields: readonly (string | number)[]) => `| ${fields.join(' | ')} |`;
  const header = [
    'scheme',
    'clock',
    'K',
    'N',
    'S',
    'E',
    'attack',
    'slowdown',
    'accuracy %',
    'exact',
    'failed iterations',
    'iterations that waited for a straggler',
    'stopped',
    'K at the end',
    'time s',
    'of it waiting s',
    'first encoding s',
  ];
  const body = results.map(({ cell, trials }) => {
    const values = trials.map(trainingValues);
    const mean = (name: TrainingColumn | 'accuracy') => summarise(values.map((value) => value[name])).mean;
    const seconds = (name: TrainingColumn) => (Number.isNaN(mean(name)) ? '–' : mean(name).toPrecision(3));
    return row([
      cell.scheme.label,
      cell.clock,
      cell.K,
      cell.N,
      cell.S,
      cell.E,
      cell.attack ? attackText(cell.attack) : '',
      cell.slowdown,
      points(mean('accuracy')),
      `${sum(values.map(({ exact }) => exact))}/${trials.length}`,
      sum(values.map((value) => value.failed_iterations)),
      sum(values.map((value) => value.awaiting_iterations)),
      trials.filter(({ failure }) => failure).length,
      [...new Set(trials.map(({ iterations }) => iterations.at(-1)?.K ?? '–'))].join(' '),
      seconds('total_s'),
      seconds('wait_s'),
      seconds('setup_s'),
    ]);
  });
  return [
    `# ${config.name}`,
    '',
    `${data.name}: ${data.train.x.rows} points to train on, ${data.test.x.rows} to test with, ${data.train.x.columns} features; ${options.iterations} iterations.`,
    `Without coding: ${points(reference.accuracy)} % in fixed point (${options.pixelBits}-bit features, ${options.weightBits} and ${options.errorBits} fraction bits of w and e), ${points(floating.accuracy)} % in floating point.`,
    '"exact": trainings whose final weights equal those of the fixed-point run bit for bit.',
    '',
    row(header),
    row(header.map(() => '---')),
    ...body,
    '',
  ].join('\n');
}
