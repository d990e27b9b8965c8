import { type Candidate, isCertain, type Needs } from '../advice/candidates.ts';
import type { Measurement } from '../advice/choose.ts';
import { roundingOf } from '../advice/rounding.ts';
import { ConfigIssue } from '../config/issues.ts';
import type { ConfigDocument } from '../config/load.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Matrix } from '../math/matrix.ts';
import { softmaxRows } from '../math/softmax.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Model } from '../models/model.ts';
import type { Goal } from '../results/judge.ts';
import type { RunOutcome } from '../runs/run.ts';
import type { StoreSpec } from '../runs/store/store.ts';
import { UserError } from '../util/errors.ts';
import { loadConfig } from './load.ts';
import type { SessionHooks } from './session.ts';

/** How the runs of a sweep are carried out. */
interface SweepFlags {
  readonly jobs: number;
  readonly store: StoreSpec | undefined;
}

interface SizeFindings {
  /** Points that went through the model, and those whose answers were there. */
  readonly effort: Pick<RunOutcome, 'inferred' | 'saved'>;
  /** What the size showed; absent when a signal ended it. */
  readonly shown?: {
    readonly model: string;
    readonly dataset: string;
    readonly measured: readonly Measurement[];
    /** Trials in which nothing could be decoded. */
    readonly failed: number;
  };
}

/** Options of the command by the key of a config that they give. */
const optionNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['model', 'dataset', 'K', 'stragglers', 'attack', 'output', 'trials', 'seed'].map((key) => [key, key]),
  ),
  S: 'stragglers',
  E: 'liars',
};

/** The option that gave what is at a path of the config of a size. */
export function optionOf([key]: readonly PropertyKey[]): string | undefined {
  const name = optionNames[String(key)];
  return name === undefined ? undefined : `--${name}`;
}

/** The candidates that can run with N workers at all. @throws UserError for a fault that is not of a scheme or N */
export async function runnable(
  candidates: readonly Candidate[],
  documentOf: (chosen: readonly Candidate[]) => ConfigDocument,
  N: number,
): Promise<Candidate[]> {
  const { makePlan } = await import('../coded/plan.ts');
  const { parseExperiment } = await import('../kinds/inference/config.ts');
  return candidates.filter((candidate) => {
    try {
      // a scheme of fixed size takes part once, at its own N
      return makePlan(parseExperiment(documentOf([candidate]).data)).cells.every((cell) => cell.N === N);
    } catch (error) {
      const key = error instanceof ConfigIssue ? String(error.path[0]) : '';
      if (!(error instanceof ConfigIssue) || key === '') throw error;
      if (['N', 'S', 'schemes'].includes(key)) return false;
      throw new UserError(`${optionOf(error.path) ?? key}: ${error.message}`);
    }
  });
}

/** Metrics that compare with the classes of the data. */
const ofLabels: ReadonlySet<MetricName> = new Set(['accuracy', 'relacc', 'available', 'degraded', 'overall']);

/** Metrics of the class of an answer, its largest output. */
const ofClasses: ReadonlySet<MetricName> = new Set([...ofLabels, 'agreement', 'degraded_vs_base']);

/** What of a size is to be precise before it ends: how often classes agree where the goal counts them, else the error. */
export function preciseFor(metric: MetricName): 'agreement' | 'mse' {
  return ofClasses.has(metric) ? 'agreement' : 'mse';
}

/** What every size of a sweep has in common. */
interface Subject {
  /** Numbers of a query, and of an answer. */
  readonly inputs: number;
  readonly outputs: number;
  /** The largest error of the goal's metric that is rounding beside the model's outputs. */
  readonly rounding: number;
}

/**
 * Looks at model and data before anything runs.
 * @throws UserError when the goal needs labels, and they have none, or every answer would reach it
 */
export async function lookAt({ data, folder }: ConfigDocument, { metric }: Goal): Promise<Subject> {
  const [{ openDataset }, { checkFits, openModel }, { parseExperiment }, { faultOf }] = await Promise.all([
    import('../datasets/registry.ts'),
    import('../models/registry.ts'),
    import('../kinds/inference/config.ts'),
    import('../config/issues.ts'),
  ]);
  const config = parseExperiment(data);
  const model = await faultOf(['model'], () => openModel(config.model, { folder }, { device: config.device }));
  try {
    const dataset = await faultOf(['dataset'], () => openDataset(config.dataset, { folder }));
    faultOf(['model'], () => checkFits(model, dataset));
    checkGoal(metric, String(data.output), model, dataset);
    const inputs = dataset.shape.reduce((product, size) => product * size, 1);
    return {
      inputs,
      outputs: model.outputs,
      rounding: await roundingHere(model, dataset, String(data.output), metric),
    };
  } finally {
    await model.dispose();
  }
}

function checkGoal(metric: MetricName, output: string, { name, outputs }: Model, dataset: Dataset): void {
  const isSoftmax = output === 'softmax';
  if (outputs === 1 && (isSoftmax || ofClasses.has(metric)))
    throw new UserError(
      isSoftmax
        ? `--output softmax: model ${name} has one output, whose softmax is always 1; decode its logits`
        : `--target ${metric}: model ${name} has one output, so every answer has the same class; aim at mse=…`,
    );
  if (ofLabels.has(metric) && !dataset.label)
    throw new UserError(
      `--target ${metric}: dataset ${dataset.name} has no labels, so no accuracy can be measured on it; add labels:, or aim at mse=… or agreement=…`,
    );
}

/** A weight of a query in a coded point that is rounding. */
const negligible = 1e-9;

/** Whether a row of an encoding matrix is one query alone. */
function sendsAQuery({ rows, columns, data }: Matrix): boolean {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns)).some(
    (row) => row.filter((weight) => Math.abs(weight) > negligible).length === 1,
  );
}

/** Queries that tell how large the model's outputs are. */
const scaleQueries = 16;

/** The largest error of a metric that is rounding beside what the model answers to some points of its data. */
async function roundingHere(model: Model, dataset: Dataset, output: string, metric: MetricName): Promise<number> {
  const count = Math.min(scaleQueries, dataset.length);
  const places = Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count));
  const points = new Float32Array(count * dataset.shape.reduce((product, size) => product * size, 1));
  await dataset.read(places, points);
  const outputs = model.inferPrecisely
    ? await model.inferPrecisely(Float64Array.from(points), count)
    : Float64Array.from(await model.infer(points, count));
  if (output === 'softmax') softmaxRows(outputs, model.outputs);
  return roundingOf(outputs, model.outputs, metric, model.inferPrecisely ? 'double' : 'single');
}

/** Runs one size into a folder, going on from what is there. */
export async function measureSize(
  document: ConfigDocument,
  out: string,
  needs: Needs,
  { metric }: Goal,
  { inputs, outputs, rounding }: Subject,
  { jobs, store }: SweepFlags,
  hooks: SessionHooks,
): Promise<SizeFindings> {
  const [{ carryOut }, { evidenceOf }, { readResults }, { readTrialValues }, { masterSeconds }, { makePlan }, kind] =
    await Promise.all([
      import('../runs/run.ts'),
      import('../results/judge.ts'),
      import('../results/read.ts'),
      import('../results/trial-values.ts'),
      import('../coded/master-time.ts'),
      import('../coded/plan.ts'),
      import('../kinds/inference/config.ts'),
    ]);
  const { loaded } = await loadConfig(document);
  const outcome = await carryOut(loaded.experiment({ ...document, store, ownUntil: true }), { ...hooks, out, jobs });
  const effort = { inferred: outcome.inferred, saved: outcome.saved };
  if (!outcome.complete) return { effort };
  const { rows, manifest } = readResults(out);
  const { cells } = makePlan(kind.parseExperiment(document.data));
  const survivors = readTrialValues(out, 'survivors')!;
  const measured = rows.flatMap((row, place): Measurement[] => {
    const { key } = row;
    const evidence = evidenceOf(row, metric);
    const cell = cells[place]!;
    if (Number.isNaN(evidence.mean)) return [];
    const master = masterSeconds(cell, inputs, outputs, needs.S, needs.E);
    const seesQuery = sendsAQuery(cell.codec.encoder.matrix);
    const certain = isCertain(key.scheme, needs, cell.N);
    // what is no law comes in every trial
    const isFaulty = (count: number) => !needs.isLaw || count < cell.N;
    const faulty = survivors.of(key)!.filter(isFaulty).length;
    const numbers = { name: key.scheme, N: cell.N, ...evidence, failed: row.undecoded?.count ?? 0, faulty, rounding };
    return [{ ...numbers, isCertain: certain, seesQuery, master }];
  });
  const [model = '', dataset = ''] = [Object.keys(manifest.digests.models)[0], Object.keys(manifest.digests.data)[0]];
  return { effort, shown: { model, dataset, measured, failed: outcome.failures } };
}
