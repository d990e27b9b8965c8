import { type TrainingMetricName, trainingValues } from '../../metrics/training.ts';
import { summarise } from '../../results/statistics.ts';
import { escapeHtml, markdownRow } from '../../util/markdown.ts';
import { counted } from '../../util/text.ts';
import { attackText } from '../../workers/attack-spec.ts';
import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { type CellResult, finalAccuracy } from './summary.ts';

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

/** `table.md`: what was trained, and a row a cell. @param dataset name of the data */
export function tableText(
  config: TrainingConfig,
  dataset: string,
  baseline: Baseline,
  results: readonly CellResult[],
): string {
  const { trainPoints, testPoints, features, fixedPointAccuracy, floatingPointAccuracy } = baseline;
  const { iterations, pixelBits, weightBits, errorBits } = config.model.logisticRegression;
  const trainings = Math.max(...results.map(({ trials }) => trials.length));
  return [
    `# ${config.name}`,
    '',
    `${escapeHtml(dataset)}: ${trainPoints} points to train on, ${testPoints} to test with, ${features} features.`,
    `A row is ${counted(trainings, 'training')} of ${counted(iterations, 'iteration')}${trainings > 1 ? ': accuracy and seconds are means, iterations and stopped are sums over all of them' : ''}.`,
    `Without coding: ${points(fixedPointAccuracy)} % in fixed point (${pixelBits}-bit features, ${weightBits} and ${errorBits} fraction bits of w and e), ${points(floatingPointAccuracy)} % in floating point.`,
    '"exact": trainings whose final weights equal those of the fixed-point run bit for bit.',
    '',
    markdownRow(header),
    markdownRow(header.map(() => '---')),
    ...results.map((result) => markdownRow(cellFields(result))),
    '',
  ].join('\n');
}

function points(accuracy: number): string {
  return Number.isNaN(accuracy) ? '–' : (100 * accuracy).toFixed(2);
}

function cellFields({ cell, trials }: CellResult): (string | number)[] {
  const values = trials.map(trainingValues);
  const of = (name: TrainingMetricName) => values.map((value) => value[name]);
  const total = (name: TrainingMetricName) => of(name).reduce((sum, value) => sum + value, 0);
  const seconds = (name: TrainingMetricName) => {
    const { mean } = summarise(of(name));
    return Number.isNaN(mean) ? '–' : mean.toPrecision(3);
  };
  return [
    cell.scheme.label,
    cell.clock,
    cell.K,
    cell.N,
    cell.S,
    cell.E,
    cell.attack ? attackText(cell.attack) : '',
    cell.slowdown,
    points(summarise(trials.map(finalAccuracy)).mean),
    `${total('exact')}/${trials.length}`,
    total('failed_iterations'),
    total('awaiting_iterations'),
    trials.filter(({ stopped }) => stopped).length,
    [...new Set(trials.map(({ iterations }) => iterations.at(-1)?.K ?? '–'))].join(' '),
    seconds('total_s'),
    seconds('wait_s'),
    seconds('setup_s'),
  ];
}
