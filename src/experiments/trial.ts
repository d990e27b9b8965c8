import type { Batch, Encoding, Received } from '../codecs/codec.ts';
import type { ExperimentConfig } from '../config/experiment.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { encodePoints } from '../math/gemm.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import { softmaxRows } from '../math/softmax.ts';
import { type BatchTruth, classes, inferenceMetrics } from '../metrics/inference.ts';
import { locationMetrics, servingMetrics } from '../metrics/serving.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Model } from '../models/model.ts';
import type { Cell, CodedBatch, Condition, Plan } from '../plan/plan.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import { applyAttack, chooseLiars } from '../workers/attacks.ts';
import { drawSurvivors, stragglerLabel } from '../workers/stragglers.ts';
import { drawBatch, type ImagePool, type LabelledBatch, pointSize } from './batch.ts';

/** What a trial needs from outside: opened once, used for every trial. */
export interface TrialContext {
  readonly config: ExperimentConfig;
  readonly plan: Plan;
  readonly model: Model;
  /** Models that some workers run instead of the base model, by the name their scheme gives. */
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
  /** Which images trials draw from: those of the report or those kept for tuning. */
  readonly images: ImagePool;
  readonly metricNames: readonly MetricName[];
}

export interface TrialResult {
  readonly trial: number;
  /** [cells, 1 + metrics] row-major: the number of survivors, then the metrics in order; NaN where undefined. */
  readonly values: Float64Array;
  readonly failures: readonly { readonly cell: number; readonly reason: string }[];
}

/** Draws, encodes, infers, decodes and measures one trial after the other. Not reentrant: buffers are reused. */
export function trialRunner(context: TrialContext): (trial: number) => Promise<TrialResult> {
  const { config, plan, model, dataset, images, metricNames } = context;
  const D = pointSize(dataset);
  const m = model.outputs;
  const columns = 1 + metricNames.length;
  const largest = plan.codedBatches.reduce((most, batch) => Math.max(most, batch.N), 0);
  const coded = new Float32Array(largest * D);
  const queries = new Float32Array(plan.codedBatches.reduce((most, batch) => Math.max(most, batch.K), 0) * D);
  const fixedEncodings = new Map<CodedBatch, PreparedEncoding>();
  const needsServing = metricNames.includes('degraded');
  const offsets = new Map(metricNames.map((name, index) => [name as string, 1 + index]));

  return async (trial) => {
    const stream = (...purpose: (string | number)[]) => randomStream(config.seed, images.purpose, trial, ...purpose);
    const values = new Float64Array(plan.cells.length * columns).fill(Number.NaN);
    const failures: { cell: number; reason: string }[] = [];
    const survivorSets = new Map<string, Int32Array>();

    let batch: LabelledBatch | undefined;
    let truths = new Map<string, BatchTruth>();
    for (const group of plan.codedBatches) {
      try {
        if (batch?.K !== group.K) {
          batch = await drawBatch(dataset, images, group.K, stream('batch'), queries.subarray(0, group.K * D));
          truths = new Map();
        }
        const { encoding, prepared } = encode(group, batch);
        if (!truths.has('logits')) truths.set('logits', await inferTruth(batch));
        const raw = await inferCoded(group, prepared, batch, truths.get('logits')!);
        let softmaxed: Float64Array | undefined;
        for (const cell of group.cells) {
          const condition = plan.conditions[cell.condition]!;
          let answers = raw;
          if (condition.output === 'softmax') {
            if (!truths.has('softmax')) truths.set('softmax', softmaxTruth(truths.get('logits')!));
            softmaxed ??= softmaxOf(raw);
            answers = softmaxed;
          }
          try {
            measure(cell, condition, answers, encoding, batch, truths.get(condition.output)!);
          } catch (error) {
            failures.push({ cell: cell.index, reason: (error as Error).message });
          }
        }
      } catch (error) {
        for (const cell of group.cells) failures.push({ cell: cell.index, reason: (error as Error).message });
      }
    }
    return { trial, values, failures: failures.sort((a, b) => a.cell - b.cell) };

    async function inferTruth(of: LabelledBatch): Promise<BatchTruth> {
      const outputs = Float64Array.from(await model.infer(of.points, of.K));
      return truthOf(outputs, of.labels);
    }

    function truthOf(outputs: Float64Array, labels: Int32Array): BatchTruth {
      const predicted = classes(outputs, m);
      const right = predicted.reduce((sum, predictedClass, k) => sum + (predictedClass === labels[k] ? 1 : 0), 0);
      return { outputs, classes: predicted, labels, baseAccuracy: right / labels.length };
    }

    function softmaxTruth(logits: BatchTruth): BatchTruth {
      return truthOf(softmaxOf(logits.outputs), logits.labels);
    }

    function softmaxOf(logits: Float64Array): Float64Array {
      const copy = logits.slice();
      softmaxRows(copy, m);
      return copy;
    }

    function survivorsOf(cell: Cell, condition: Condition): Int32Array {
      const S = condition.S ?? 0;
      const name = stragglerLabel(condition.stragglers);
      const id = `${cell.N}/${S}/${name}`;
      let survivors = survivorSets.get(id);
      if (!survivors) {
        survivors = drawSurvivors(condition.stragglers, cell.N, S, stream('stragglers', name, cell.N));
        survivorSets.set(id, survivors);
      }
      return survivors;
    }

    function measure(
      cell: Cell,
      condition: Condition,
      answers: Float64Array,
      encoding: Encoding,
      of: Batch,
      truth: BatchTruth,
    ): void {
      const { codec } = cell;
      const row = values.subarray(cell.index * columns, (cell.index + 1) * columns);
      const survivors = survivorsOf(cell, condition);
      row[0] = survivors.length;
      if (survivors.length === 0) throw new Error('no worker answered');
      let random: RandomStream | undefined;
      let received: Received = {
        answers,
        m,
        survivors,
        encoding,
        batch: of,
        E: condition.E,
        get random() {
          random ??= stream('decode', cell.condition, cell.entry.label);
          return random;
        },
      };
      const set = (name: MetricName, value: number | undefined) => {
        const offset = offsets.get(name);
        if (offset !== undefined && value !== undefined) row[offset] = value;
      };

      let liars: Int32Array = new Int32Array(0);
      if (condition.E > 0 && condition.attack) {
        const label = ['attack', cell.N, condition.E, JSON.stringify(condition.attack)];
        const attackStream = stream(...label);
        liars = chooseLiars(survivors, condition.E, condition.attack.workers, attackStream, cell.N);
        received = { ...received, answers: applyAttack(answers, m, liars, condition.attack, attackStream, survivors) };
        const honest = survivors.filter((worker) => !liars.includes(worker));
        const oracle = codec.decoder.decode({ ...received, survivors: honest, E: 0 });
        set('oracle_accuracy', inferenceMetrics(oracle.outputs, truth, m).accuracy);
      }
      if (codec.locator) {
        const located = codec.locator.locate(received);
        received = { ...received, survivors: survivors.filter((worker) => !located.includes(worker)) };
        const { locate_precision, locate_recall } = locationMetrics(located, liars);
        set('locate_precision', locate_precision);
        set('locate_recall', locate_recall);
      }

      const decoded = codec.decoder.decode(received);
      const metrics = inferenceMetrics(decoded.outputs, truth, m);
      if (!decoded.classOnly) {
        if (!Number.isFinite(metrics.mse)) throw new Error('the decoded outputs are not finite');
        set('mse', metrics.mse);
        set('mse_per_output', metrics.mse / m);
      }
      set('accuracy', metrics.accuracy);
      set('base_accuracy', truth.baseAccuracy);
      set('relacc', metrics.relacc);
      set('agreement', metrics.agreement);
      if (needsServing) {
        const serving = servingMetrics(classes(decoded.outputs, m), truth.classes, truth.labels, decoded.available);
        for (const [name, value] of Object.entries(serving)) set(name as MetricName, value);
      }
    }
  };

  function encode(group: CodedBatch, batch: Batch): { encoding: Encoding; prepared: PreparedEncoding } {
    const { encoder } = group.codec;
    let prepared = fixedEncodings.get(group);
    if (!prepared) {
      prepared = prepare(encoder.encode(batch), encoder.workerModels);
      if (!encoder.dependsOnBatch) fixedEncodings.set(group, prepared);
    }
    return { encoding: prepared.encoding, prepared };
  }

  /** Answers of all workers of a coded batch [N, m]. */
  async function inferCoded(
    group: CodedBatch,
    prepared: PreparedEncoding,
    batch: Batch,
    truth: BatchTruth,
  ): Promise<Float64Array> {
    const answers = new Float64Array(group.N * m);
    for (const { worker, query } of prepared.copies) {
      answers.set(truth.outputs.subarray(query * m, (query + 1) * m), worker * m);
    }
    for (const { name, workers, rows } of prepared.parts) {
      encodePoints(rows, batch.points, D, coded);
      workers.forEach((worker, place) => {
        const point = prepared.encoding.points?.get(worker);
        if (point) coded.set(point, place * D);
      });
      const runs = name === '' ? model : context.workerModels.get(name)!;
      const outputs = await runs.infer(coded.subarray(0, workers.length * D), workers.length);
      workers.forEach((worker, place) => {
        for (let j = 0; j < m; j++) answers[worker * m + j] = outputs[place * m + j]!;
      });
    }
    return answers;
  }
}

/** An encoding sorted by what has to be computed. */
interface PreparedEncoding {
  readonly encoding: Encoding;
  /** Workers that get a query as it is: their answer is the base model's, which is known. */
  readonly copies: readonly { readonly worker: number; readonly query: number }[];
  /** The other workers, by the model they run ('' for the base model), with their rows of the encoding matrix. */
  readonly parts: readonly { readonly name: string; readonly workers: readonly number[]; readonly rows: Matrix }[];
}

function prepare(encoding: Encoding, workerModels?: ReadonlyMap<number, string>): PreparedEncoding {
  const { rows: N, columns: K, data } = encoding.matrix;
  const copies: { worker: number; query: number }[] = [];
  const byModel = new Map<string, number[]>();
  for (let worker = 0; worker < N; worker++) {
    const name = workerModels?.get(worker) ?? '';
    const row = data.subarray(worker * K, (worker + 1) * K);
    const query = row.indexOf(1);
    const isCopy =
      query >= 0 && name === '' && !encoding.points?.has(worker) && row.every((w, k) => k === query || w === 0);
    if (isCopy) copies.push({ worker, query });
    else byModel.set(name, [...(byModel.get(name) ?? []), worker]);
  }
  const parts = [...byModel].map(([name, workers]) => {
    const rows = matrix(workers.length, K);
    workers.forEach((worker, place) => {
      rows.data.set(data.subarray(worker * K, (worker + 1) * K), place * K);
    });
    return { name, workers, rows };
  });
  return { encoding, copies, parts };
}
