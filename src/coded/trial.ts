import type { Batch, Decoded, Encoding, Received } from '../codecs/codec.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { softmaxRows } from '../math/softmax.ts';
import { type BatchTruth, classes } from '../metrics/inference.ts';
import { measureSample } from '../metrics/measure.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Model } from '../models/model.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import { applyAttack, chooseLiars } from '../workers/attacks.ts';
import { drawSurvivors, stragglerLabel } from '../workers/stragglers.ts';
import { codedInference } from './ask.ts';
import { drawBatch, type ImagePool, type LabelledBatch, pointSize } from './draw.ts';
import type { Cell, Condition, Plan } from './plan.ts';

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
  /**
   * [cells, 1 + metrics] row-major: the number of survivors, then the metrics in order, each the mean over the patterns
   * in which it is defined; NaN where it is in none, or the cell failed.
   */
  readonly values: Float64Array;
  readonly failures: readonly { readonly cell: number; readonly reason: string }[];
}

/** Draws, encodes, infers, decodes and measures one trial after the other. Not reentrant: buffers are reused. */
export function trialRunner(context: TrialContext): (trial: number) => Promise<TrialResult> {
  const { config, plan, model, dataset, images, metricNames } = context;
  const D = pointSize(dataset);
  const m = model.outputs;
  const columns = 1 + metricNames.length;
  const inference = codedInference(plan, model, context.workerModels, D);
  const queries = new Float32Array(plan.codedBatches.reduce((most, batch) => Math.max(most, batch.K), 0) * D);
  const patterns = config.patterns ?? 1;
  const row = new Float64Array(columns);

  return async (trial) => {
    const stream = (...purpose: (string | number)[]) => randomStream(config.seed, images.purpose, trial, ...purpose);
    const means = cellMeans(plan.cells.length, columns);
    const failures = new Map<number, string>();
    const survivorSets = new Map<string, Int32Array>();

    let batch: LabelledBatch | undefined;
    let truths = new Map<string, BatchTruth>();
    for (const group of plan.codedBatches) {
      // outside the try: a point that cannot be read is no failure of a scheme, it ends the run
      if (batch?.K !== group.K) {
        batch = await drawBatch(dataset, images, group.K, stream('batch'), queries.subarray(0, group.K * D));
        truths = new Map();
      }
      try {
        if (!truths.has('logits')) truths.set('logits', await inferTruth(batch));
        const { encoding, answers: raw } = await inference.answers(group, batch, truths.get('logits')!.outputs);
        let softmaxed: Float64Array | undefined;
        for (let pattern = 0; pattern < patterns; pattern++) {
          for (const cell of group.cells) {
            if (failures.has(cell.index)) continue;
            const condition = plan.conditions[cell.condition]!;
            let answers = raw;
            if (condition.output === 'softmax') {
              if (!truths.has('softmax')) truths.set('softmax', softmaxTruth(truths.get('logits')!));
              softmaxed ??= softmaxOf(raw);
              answers = softmaxed;
            }
            try {
              measure(cell, condition, pattern, answers, encoding, batch, truths.get(condition.output)!);
            } catch (error) {
              failures.set(cell.index, (error as Error).message);
            }
            means.add(cell.index, row);
          }
        }
      } catch (error) {
        for (const cell of group.cells) failures.set(cell.index, (error as Error).message);
      }
    }
    const failed = [...failures].sort(([a], [b]) => a - b);
    for (const [cell] of failed) means.clearMetrics(cell);
    return { trial, values: means.finish(), failures: failed.map(([cell, reason]) => ({ cell, reason })) };

    /** The stream of a purpose that is drawn once a pattern; the first pattern's is that of a run with one. */
    function patternStream(pattern: number, ...purpose: (string | number)[]): RandomStream {
      return pattern === 0 ? stream(...purpose) : stream(...purpose, 'pattern', pattern);
    }

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

    function survivorsOf(cell: Cell, condition: Condition, pattern: number): Int32Array {
      const S = condition.S ?? 0;
      const name = stragglerLabel(condition.stragglers);
      const id = `${cell.N}/${S}/${name}/${pattern}`;
      let survivors = survivorSets.get(id);
      if (!survivors) {
        const late = patternStream(pattern, 'stragglers', name, cell.N);
        survivors = drawSurvivors(condition.stragglers, cell.N, S, late);
        survivorSets.set(id, survivors);
      }
      return survivors;
    }

    /** Decodes a cell under one pattern of faults; what was measured stands in `row`. */
    function measure(
      cell: Cell,
      condition: Condition,
      pattern: number,
      answers: Float64Array,
      encoding: Encoding,
      of: Batch,
      truth: BatchTruth,
    ): void {
      const { codec } = cell;
      row.fill(Number.NaN);
      const survivors = survivorsOf(cell, condition, pattern);
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
          random ??= patternStream(pattern, 'decode', cell.condition, cell.entry.label);
          return random;
        },
      };
      let liars: Int32Array = new Int32Array(0);
      let oracle: Decoded | undefined;
      if (condition.E > 0 && condition.attack) {
        const label = ['attack', cell.N, condition.E, JSON.stringify(condition.attack)];
        const attackStream = patternStream(pattern, ...label);
        liars = chooseLiars(survivors, condition.E, condition.attack.workers, attackStream, cell.N);
        received = { ...received, answers: applyAttack(answers, m, liars, condition.attack, attackStream, survivors) };
        const honest = survivors.filter((worker) => !liars.includes(worker));
        oracle = codec.decoder.decode({ ...received, survivors: honest, E: 0 });
      }
      const excluded = codec.locator?.locate(received);
      if (excluded) received = { ...received, survivors: survivors.filter((worker) => !excluded.includes(worker)) };

      const decoded = codec.decoder.decode(received);
      const measured = measureSample({ truth, decoded, liars, excluded, oracle }, metricNames);
      if (!decoded.classOnly && !Number.isFinite(measured.mse)) throw new Error('the decoded outputs are not finite');
      metricNames.forEach((name, place) => {
        row[1 + place] = measured[name] ?? Number.NaN;
      });
    }
  };
}

/** Means of the rows [columns] that are added for each cell, over those in which a column is not NaN. */
function cellMeans(cells: number, columns: number) {
  const sums = new Float64Array(cells * columns);
  const counts = new Int32Array(cells * columns);
  return {
    add(cell: number, row: Float64Array): void {
      for (let column = 0; column < columns; column++) {
        if (Number.isNaN(row[column]!)) continue;
        sums[cell * columns + column]! += row[column]!;
        counts[cell * columns + column]!++;
      }
    },
    /** Forgets all but the first column, the number of survivors. */
    clearMetrics(cell: number): void {
      counts.fill(0, cell * columns + 1, (cell + 1) * columns);
    },
    /** [cells, columns] row-major */
    finish(): Float64Array {
      return sums.map((sum, place) => (counts[place] === 0 ? Number.NaN : sum / counts[place]!));
    },
  };
}
