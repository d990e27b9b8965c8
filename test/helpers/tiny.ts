import type { Decoding } from '../../src/coded/decode.ts';
import { imagePool } from '../../src/coded/draw.ts';
import { planMetrics } from '../../src/coded/measure.ts';
import { makePlan, type Plan } from '../../src/coded/plan.ts';
import { queryAnswers } from '../../src/coded/recall.ts';
import { trialRunner } from '../../src/coded/trial.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import type { RunResults } from '../../src/gate/gate.ts';
import type { ExperimentConfig } from '../../src/kinds/inference/config.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { metricColumns } from '../../src/metrics/table.ts';
import type { Model } from '../../src/models/model.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { summarise } from '../../src/results/statistics.ts';
import { sessionWorkers } from '../../src/workers/session.ts';
import type { Workers } from '../../src/workers/workers.ts';
import { cellKey, manifest } from './run.ts';

/** A small experiment without files: real schemes, plan and trials on an analytic model of points on a curve. */

const D = 5;
const classes = 4;

/** Points on a noisy spiral; the class is the quarter of the turn, so that a decoded output can be wrong. */
const dataset: Dataset = {
  name: 'spiral',
  length: 2000,
  shape: [D],
  sha256: 'd'.repeat(64),
  label: (index) => Math.floor((classes * (index % 500)) / 500),
  async read(indices, out) {
    indices.forEach((index, row) => {
      const t = (2 * Math.PI * (index % 500)) / 500;
      for (let d = 0; d < D; d++) out[row * D + d] = Math.sin(t + d) + 0.2 * Math.sin(37.7 * index + 11 * d);
    });
  },
};

/** `tanh` of a fixed linear map: smooth, not linear, so that schemes differ. */
const model: Model = {
  name: 'tanh',
  sha256: 'e'.repeat(64),
  runtime: 'test',
  inputShape: [D],
  outputs: classes,
  async infer(points, count) {
    const out = new Float32Array(count * classes);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < classes; j++) {
        let sum = 0;
        for (let d = 0; d < D; d++) sum += points[i * D + d]! * Math.sin(((j + 0.5) * 2 * Math.PI) / classes + d);
        out[i * classes + j] = 3 * Math.tanh(sum / 1.5);
      }
    }
    return out;
  },
  async dispose() {},
};

/** 12 cells: three schemes at four numbers of stragglers. */
function tinyConfig(trials: number, seed: number, more: object = {}): ExperimentConfig {
  return parseExperiment({
    name: 'tiny',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: 8,
    N: 24,
    S: [1, 3, 6, 9],
    trials,
    seed,
    schemes: ['bacc', 'nercc', { nercc: { lambdaEnc: 1e-5, lambdaDec: 3e-4 } }],
    ...more,
  });
}

/** Parts in place of those that the experiment has. */
export interface TinyParts {
  readonly change?: (plan: Plan) => Plan;
  readonly decoding?: Decoding;
  readonly workers?: (usual: Workers) => Workers;
}

/**
 * Trials of the experiment, changed by `more` keys of its config.
 * @returns `values[c]` is cell `c`: the number of survivors and each metric, by name; and how many points were inferred
 */
export async function tinyTrials(trials: number, more: object, parts: TinyParts = {}) {
  const config = tinyConfig(trials, 1, more);
  const made = makePlan(config);
  const plan = parts.change?.(made) ?? made;
  const metricNames = planMetrics(plan);
  const images = imagePool('report', false, dataset.length);
  let inferred = 0;
  const counting: Model = {
    ...model,
    infer(points, count) {
      inferred += count;
      return model.infer(points, count);
    },
  };
  const usual = sessionWorkers(counting);
  const run = trialRunner({
    config,
    plan,
    truth: queryAnswers(counting),
    workers: parts.workers?.(usual) ?? usual,
    dataset,
    images,
    metricNames,
    ...(parts.decoding && { decoding: parts.decoding }),
  });
  const columns = ['survivors', ...metricNames];
  const results = [];
  for (let trial = 0; trial < trials; trial++) {
    const { values, failures } = await run(trial);
    const cell = (c: number) =>
      Object.fromEntries(columns.map((name, i) => [name, values[c * columns.length + i]!])) as Record<string, number>;
    results.push({ cells: plan.cells.map((_, c) => cell(c)), failures });
  }
  return { plan, results, inferred };
}

/** Runs the experiment in this process. @param change breaks the codecs of the plan */
export async function runTiny(trials: number, seed: number, change = (plan: Plan): Plan => plan): Promise<RunResults> {
  const config = tinyConfig(trials, seed);
  const plan = change(makePlan(config));
  const metricNames = metricColumns();
  const columns = 1 + metricNames.length;
  const images = imagePool('report', false, dataset.length);
  const run = trialRunner({
    config,
    plan,
    truth: queryAnswers(model),
    workers: sessionWorkers(model),
    dataset,
    images,
    metricNames,
  });
  const values = plan.cells.map(() => metricNames.map(() => new Float64Array(trials)));
  for (let trial = 0; trial < trials; trial++) {
    const result = await run(trial);
    if (result.failures.length > 0) throw new Error(result.failures[0]!.reason);
    plan.cells.forEach((cell, c) => {
      metricNames.forEach((_, i) => {
        values[c]![i]![trial] = result.values[cell.index * columns + 1 + i]!;
      });
    });
  }
  const rows = plan.cells.map((cell, c): SummaryRow => {
    const { K, N, S, E, lambda_enc, lambda_dec, ...rest } = cell.key;
    const number = (text: string) => (text === '' ? undefined : Number(text));
    return {
      key: cellKey({
        ...rest,
        K: Number(K),
        N: Number(N),
        S: Number(S),
        E: Number(E),
        lambda_enc: number(lambda_enc),
        lambda_dec: number(lambda_dec),
      }),
      trials,
      metrics: new Map(metricNames.map((name, i) => [name, summarise(values[c]![i]!)])),
      relaccUndefined: 0,
    };
  });
  return { manifest: manifest({ seed, trials }), rows };
}
