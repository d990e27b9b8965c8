import path from 'node:path';
import { amplification, parm } from '../../codecs/parity.ts';
import type { MetricName } from '../../metrics/table.ts';
import { keyColumns, metricColumns } from '../../results/schema.ts';
import { summaryCsv } from '../../results/summaries.ts';
import { UserError } from '../../util/errors.ts';
import { readRegularFile, reasonOf } from '../../util/files.ts';
import { modelFiles } from './format.ts';
import type { ParityConfig } from './schema.ts';
import type { ParityScore } from './score.ts';
import { type ParityDescription, parityName } from './train.ts';

/** What a finished training came to. */
export interface TrainedParity extends ParityScore {
  readonly file: string;
  readonly base: string;
  readonly runtime: string;
  /** Of errors of the parity models, when this row and those before it are used. */
  readonly amplification: number;
}

/**
 * What the training in a folder came to, from its files.
 * @param base name of the base model
 * @throws UserError when they are not there
 */
export function readTrained(out: string, config: ParityConfig, base: string): TrainedParity {
  const { onnx, description } = modelFiles(parityName(base, config));
  const file = path.join(out, description);
  let text: string;
  try {
    text = readRegularFile(file).toString();
  } catch (error) {
    throw new UserError(`${file} cannot be read (${reasonOf(error)}); run the training again`);
  }
  const { runtime, groups, predictions, degradedAccuracy, baseAccuracy, agreementWithBase, mse } =
    parseDescription(text);
  return {
    file: path.join(out, onnx),
    base,
    runtime,
    amplification: amplification(config.K, config.training.row + 1),
    ...{ groups, predictions, degradedAccuracy, baseAccuracy, agreementWithBase, mse },
  };
}

export function parseDescription(text: string): ParityDescription {
  return JSON.parse(text) as ParityDescription;
}

/** The same for people. */
export function trainedText(trained: TrainedParity): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return (
    `${trained.file}\n` +
    `degraded accuracy ${percent(trained.degradedAccuracy)}, base model ${trained.base} ${percent(trained.baseAccuracy)}, ` +
    `agreement with it ${percent(trained.agreementWithBase)} (${trained.groups} consecutive groups, every single erasure)\n` +
    `errors of the parity models are amplified up to ${Number(trained.amplification.toPrecision(3))} times\n`
  );
}

/** `summary.csv`: one row, whose trial is the whole test set with every query lost once. */
export function paritySummary(config: ParityConfig, dataset: string, description: ParityDescription): string {
  const { K, training } = config;
  const { code, row } = training;
  const options = [
    `architecture=${training.architecture}`,
    ...(code === 'addition' ? [] : [`code=${code}`]),
    `epochs=${training.epochs}`,
    ...(row > 0 ? [`row=${row}`] : []),
  ];
  const key: Partial<Record<(typeof keyColumns)[number], string>> = {
    experiment: config.name,
    model: description.base,
    dataset,
    output: 'logits',
    scheme: parm.label({ code, fallback: 'nearest' }),
    K: String(K),
    N: String(K + 1),
    S: '1',
    E: '0',
    order: 'given',
    stragglers: 'each-query-once',
    options: options.join(';'),
  };
  const { degradedAccuracy, baseAccuracy, agreementWithBase } = description;
  const values: Partial<Record<MetricName, number>> = {
    accuracy: degradedAccuracy,
    base_accuracy: baseAccuracy,
    relacc: degradedAccuracy / baseAccuracy,
    agreement: agreementWithBase,
    degraded: degradedAccuracy,
    amplification: amplification(K, row + 1),
  };
  const names = metricColumns(['degraded', 'amplification']);
  const cell = {
    key: keyColumns.map((column) => key[column] ?? ''),
    condition: 0,
    label: key.scheme!,
    values: new Map(names.map((name) => [name, Float64Array.of(values[name] ?? Number.NaN)])),
  };
  return summaryCsv([cell], names);
}
