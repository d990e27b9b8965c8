import type { Dataset } from '../datasets/dataset.ts';
import type { Model } from '../models/model.ts';
import { probeModel } from '../models/probe.ts';
import { modelEntry } from '../models/registry.ts';
import type { ModelSpec } from '../models/spec.ts';
import { accuracyWarnings, probabilityWarnings, rangeWarnings } from '../models/warnings.ts';
import { UserError } from '../util/errors.ts';

/** Points that are looked at before a run: enough to tell a wrong set-up from a right one, and quick. */
const sampleSize = 32;

/** Stands for the class of a point that has none. */
const noLabel = -1;

/** Points of these that the model is given in one batch. */
const probed = 3;

/** Model and data of an experiment, as its config names them and opened. */
export interface SetUp {
  readonly spec: ModelSpec;
  readonly model: Model;
  readonly dataset: Dataset;
  /** `output` of the config. */
  readonly output: readonly ('logits' | 'softmax')[];
}

/**
 * Looks at model and data once, before anything is computed with them.
 * @returns what people should read: signs that the set-up is wrong
 * @throws UserError when the model is no function of each point alone (`probeModel`)
 */
export async function checkSetUp({ spec, model, dataset, output }: SetUp): Promise<string[]> {
  const { points, labels } = await samplePoints(dataset);
  if (labels.length === 0) return [];
  await probeOn(model, points, labels.length);
  const outputs = Float32Array.from(await model.infer(points, labels.length));
  const entry = typeof spec === 'string' ? modelEntry(spec) : undefined;
  // models of the registry take pixel / 255 even where they need no `input`
  const input = typeof spec === 'string' ? (entry?.input ?? { range: [0, 1] }) : spec.input;
  const top1 = entry?.reference.top1;
  const reference = entry && top1 !== undefined ? { top1: top1 / 100, dataset: entry.reference.dataset } : undefined;
  const names = { model: model.name, dataset: dataset.name };
  const { right, labelled } = rightAnswers(outputs, model.outputs, labels);
  return [
    ...probabilityWarnings(model.name, outputs, model.outputs, output),
    ...rangeWarnings(names, input, points),
    ...accuracyWarnings(names, right, labelled, model.outputs, reference),
  ];
}

/** `probeModel` on the first points of a data set that can be read. */
export async function probeOnData(model: Model, dataset: Dataset): Promise<void> {
  const { points, labels } = await samplePoints(dataset, probed);
  if (labels.length > 0) await probeOn(model, points, labels.length);
}

async function probeOn(model: Model, points: Float32Array, count: number): Promise<void> {
  const size = points.length / count;
  const few = new Float32Array(probed * size); // of a smaller sample the first points come again
  for (let i = 0; i < probed; i++) few.set(points.subarray((i % count) * size, ((i % count) + 1) * size), i * size);
  await probeModel(model, few, probed);
}

/**
 * Points spread over a data set, since its classes may be sorted. Those that cannot be read are left out here: the trial that
 * draws one says so.
 */
async function samplePoints(dataset: Dataset, count = sampleSize) {
  const size = dataset.shape.reduce((product, dim) => product * dim, 1);
  const most = Math.min(count, dataset.length);
  const points = new Float32Array(most * size);
  const labels: number[] = [];
  for (let i = 0; i < most; i++) {
    const index = Math.floor((i * dataset.length) / most);
    const point = points.subarray(labels.length * size, (labels.length + 1) * size);
    try {
      await dataset.read([index], point);
      labels.push(dataset.label?.(index) ?? noLabel);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return { points: points.subarray(0, labels.length * size), labels };
}

function rightAnswers(outputs: Float32Array, m: number, labels: readonly number[]) {
  let [right, labelled] = [0, 0];
  for (const [i, label] of labels.entries()) {
    if (label === noLabel) continue;
    labelled++;
    const row = outputs.subarray(i * m, (i + 1) * m);
    if (row.indexOf(row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)) === label) right++;
  }
  return { right, labelled };
}
