import { availableParallelism } from 'node:os';
import type { ExperimentConfig } from '../config/experiment.ts';
import { ConfigIssue, faultOf } from '../config/issues.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { openDataset } from '../datasets/registry.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Model } from '../models/model.ts';
import { openParityModel } from '../models/parity.ts';
import { checkFits, openModel } from '../models/registry.ts';
import { type LambdaPair, makePlan, type Plan } from '../plan/plan.ts';
import { openJournal } from '../results/journal.ts';
import type { CellTrials } from '../results/summaries.ts';
import { seconds } from '../util/clock.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { type ImagePool, imagePool } from './batch.ts';
import { cellTrials, planMetrics, stageFormat } from './rows.ts';
import { type TrialResult, trialRunner } from './trial.ts';
import type runTrial from './worker.ts';

/** What the trials of a stage follow from: plain data, so that it can be sent to a worker thread. */
export interface StageSpec {
  readonly config: ExperimentConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly purpose: ImagePool['purpose'];
  /** λ of the tuned entries. */
  readonly tuned: readonly (readonly [string, LambdaPair])[];
}

/** A stage whose model and data are open. */
export interface OpenTrials {
  readonly plan: Plan;
  readonly model: Model;
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
  readonly metricNames: readonly MetricName[];
  run(trial: number): Promise<TrialResult>;
  /** Points that went through the models so far. */
  inferred(): number;
  close(): Promise<void>;
}

/** Opens model and data of a stage. @throws UserError when they do not fit each other or the plan */
export async function openTrials({ config, folder, purpose, tuned }: StageSpec): Promise<OpenTrials> {
  const plan = makePlan(config, new Map(tuned));
  let inferred = 0;
  const counted = (opened: Model): Model => ({
    ...opened,
    infer(points, count) {
      inferred += count;
      return opened.infer(points, count);
    },
  });
  const [model, dataset] = await Promise.all([
    faultOf(['model'], async () => counted(await openModel(config.model, { folder }))),
    faultOf(['dataset'], () => openDataset(config.dataset, { folder })),
  ]);
  faultOf(['model'], () => checkFits(model, dataset));
  const images = imagePool(purpose, config.tune !== undefined, dataset.length);
  const largestK = Math.max(...config.K);
  if (largestK > images.size) {
    const part =
      images.size < dataset.length ? ` (those kept ${purpose === 'tune' ? 'for tuning' : 'from tuning'})` : '';
    throw new ConfigIssue(
      ['K'],
      `K = ${largestK} queries cannot be drawn from the ${images.size} points of ${dataset.name}${part}`,
    );
  }
  const workerModels = new Map<string, Model>();
  for (const { codec } of plan.codedBatches) {
    for (const name of codec.encoder.workerModels?.values() ?? []) {
      if (!workerModels.has(name))
        workerModels.set(name, counted(await faultOf(['schemes'], () => openParityModel(name, model, { folder }))));
    }
  }
  const metricNames = planMetrics(plan);
  return {
    plan,
    model,
    workerModels,
    dataset,
    metricNames,
    run: trialRunner({ config, plan, model, workerModels, dataset, images, metricNames }),
    inferred: () => inferred,
    async close() {
      await Promise.all([model, ...workerModels.values()].map((opened) => opened.dispose()));
    },
  };
}

export interface StageOptions {
  /** Folder of the stage's files. */
  readonly out: string;
  /** Trials to run, ascending. */
  readonly trials: readonly number[];
  /** Threads; each has its own model. */
  readonly jobs: number;
  /** Called when the folder was read, before anything there changes. */
  readonly onRead?: (there: number, missing: number) => void;
  /** Called after each trial. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the stage after the trials under way. */
  readonly signal?: AbortSignal;
}

export const defaultJobs = availableParallelism();

export interface StageResult {
  readonly cells: readonly CellTrials[];
  /** False when the signal ended the stage early. */
  readonly complete: boolean;
  readonly done: number;
}

/** Runs the trials of a stage that its folder does not have yet. */
export async function runStage(spec: StageSpec, opened: OpenTrials, options: StageOptions): Promise<StageResult> {
  const { plan } = opened;
  const names = { model: opened.model.name, dataset: opened.dataset.name };
  const rows = stageFormat(spec.config, plan, names);
  const journal = openJournal(options.out, rows.format, new Set(options.trials));
  const missing = options.trials.filter((trial) => !journal.trials.has(trial));
  options.onRead?.(journal.trials.size, missing.length);
  let done = journal.trials.size;
  options.onProgress?.(done, options.trials.length);
  const record = ({ trial, values, failures }: TrialResult) => {
    journal.append(trial, values, failures);
    options.onProgress?.(++done, options.trials.length);
  };
  if (options.jobs > 1 && missing.length > 1) await runPooled(spec, missing, options, record);
  else {
    let yielded = seconds();
    for (const trial of missing) {
      if (options.signal?.aborted) break;
      record(await opened.run(trial));
      // lets a signal and the progress bar through now and then: inference on this thread does not yield
      if (seconds() - yielded < 0.02) continue;
      await new Promise(setImmediate);
      yielded = seconds();
    }
  }
  if (done < options.trials.length) return { cells: [], complete: false, done };
  journal.finish();
  return {
    cells: cellTrials(plan, rows, options.trials, journal),
    complete: true,
    done,
  };
}

async function runPooled(
  spec: StageSpec,
  missing: readonly number[],
  options: StageOptions,
  record: (result: TrialResult) => void,
): Promise<void> {
  const { default: Tinypool } = await import('tinypool');
  const jobs = Math.min(options.jobs, missing.length);
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    workerData: spec,
    minThreads: jobs,
    maxThreads: jobs,
  });
  try {
    let next = 0;
    const feed = async () => {
      while (next < missing.length && !options.signal?.aborted) {
        const result = (await pool.run(missing[next++]!)) as Awaited<ReturnType<typeof runTrial>>;
        if ('refusal' in result) throw new UserError(result.refusal);
        record(result);
      }
    };
    // two trials a thread under way, so that none waits for this one
    await Promise.all(Array.from({ length: 2 * jobs }, feed));
  } catch (error) {
    if (error instanceof UserError || error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `a worker thread died: ${(error as Error).message}; run the same command again to go on`,
      {
        cause: error,
      },
    );
  } finally {
    await pool.destroy();
  }
}
