import type { Dataset } from '../datasets/dataset.ts';
import type { Model } from '../models/model.ts';
import { probeModel } from '../models/probe.ts';
import { modelEntry } from '../models/registry.ts';
import type { ModelSpec } from '../models/spec.ts';
import { accuracyWarnings, constancyWarnings, probabilityWarnings, rangeWarnings } from '../models/warnings.ts';
import { seconds } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import type { AnswerGroup } from '../workers/answers.ts';

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

/** What looking at model and data showed. */
export interface SetUpFindings {
  /** What people should read: signs that the set-up is wrong. */
  readonly warnings: readonly string[];
  /** Seconds that the model took for a point, reading it included. */
  readonly secondsAPoint: number;
}

/**
 * Looks at model and data once, before anything is computed with them.
 * @param kept where what was seen is kept, if anywhere: then a pair of model and data is looked at once
 * @throws UserError when the model is no function of each point alone (`probeModel`)
 */
export async function checkSetUp({ spec, model, dataset, output }: SetUp, kept?: AnswerGroup): Promise<SetUpFindings> {
  const known = kept?.read(lookId);
  const look = known ? unpacked(known) : await lookAt(model, dataset);
  if (!look) return { warnings: [], secondsAPoint: 0 };
  if (!known) kept?.write(lookId, packed(look));
  const { outputs, labels, range, secondsAPoint } = look;
  const entry = typeof spec === 'string' ? modelEntry(spec) : undefined;
  // models of the registry take pixel / 255 even where they need no `input`
  const input =
    typeof spec === 'string' ? (entry?.input ?? { range: [0, 1] }) : 'input' in spec ? spec.input : undefined;
  const top1 = entry?.reference.top1;
  const reference = entry && top1 !== undefined ? { top1: top1 / 100, dataset: entry.reference.dataset } : undefined;
  const names = { model: model.name, dataset: dataset.name };
  const { right, labelled } = rightAnswers(outputs, model.outputs, labels);
  const warnings = [
    ...probabilityWarnings(model.name, outputs, model.outputs, output),
    ...rangeWarnings(names, input, range),
    ...constancyWarnings(names, outputs, model.outputs),
    ...accuracyWarnings(names, right, labelled, model.outputs, reference),
  ];
  return { warnings, secondsAPoint };
}

/** A model on a sample of the data. */
interface Look {
  /** [count, m] */
  readonly outputs: Float32Array;
  /** [count], `noLabel` where a point has none. */
  readonly labels: readonly number[];
  /** The least and the largest number of the points. */
  readonly range: readonly [number, number];
  readonly secondsAPoint: number;
}

const lookId = `the first look, ${sampleSize} points`;

/** @returns undefined when no point can be read */
async function lookAt(model: Model, dataset: Dataset): Promise<Look | undefined> {
  const began = seconds();
  const { points, labels } = await samplePoints(dataset);
  if (labels.length === 0) return undefined;
  const inferred = await probeOn(model, points, labels.length);
  const outputs = Float32Array.from(await model.infer(points, labels.length));
  const secondsAPoint = (seconds() - began) / (inferred + labels.length);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of points) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { outputs, labels, range: [least, most], secondsAPoint };
}

/** A look as numbers in single precision, which holds classes, points and outputs as they are. */
function packed({ outputs, labels, range, secondsAPoint }: Look): Float32Array {
  return Float32Array.from([labels.length, secondsAPoint, ...range, ...labels, ...outputs]);
}

function unpacked(values: Float32Array): Look {
  const [count = 0, secondsAPoint = 0, least = 0, most = 0] = values;
  const labels = [...values.subarray(4, 4 + count)];
  return { outputs: values.subarray(4 + count), labels, range: [least, most], secondsAPoint };
}

/** `probeModel` on the first points of a data set that can be read. */
export async function probeOnData(model: Model, dataset: Dataset): Promise<void> {
  const { points, labels } = await samplePoints(dataset, probed);
  if (labels.length > 0) await probeOn(model, points, labels.length);
}

/** @returns how many points went through the model */
async function probeOn(model: Model, points: Float32Array, count: number): Promise<number> {
  const size = points.length / count;
  const few = new Float32Array(probed * size); // of a smaller sample the first points come again
  for (let i = 0; i < probed; i++) few.set(points.subarray((i % count) * size, ((i % count) + 1) * size), i * size);
  await probeModel(model, few, probed);
  return 2 * (1 + probed);
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
