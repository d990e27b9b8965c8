import path from 'node:path';
import type { ExperimentConfig } from '../config/experiment.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Manifest } from '../results/manifest.ts';
import { optimumCsv, surfaceCsv } from '../results/optimum.ts';
import { files } from '../results/schema.ts';
import { type CellTrials, pairedCsv, summaryCsv } from '../results/summaries.ts';
import { writeTables } from '../results/table-files.ts';
import { writeWhole } from '../util/atomic.ts';
import { timestamp } from '../util/clock.ts';
import { claimFolder } from './folder.ts';
import { checkSameExperiment, newManifest, type Shard, writeManifest } from './identity.ts';
import { type OpenTrials, openTrials, runStage, type StageSpec } from './stage.ts';
import {
  bestPairs,
  lossSurface,
  readTunedChoices,
  type TunedChoice,
  type TuningOptions,
  type TuningRound,
  tunedPairs,
  tuneLambdas,
} from './tuning.ts';

export interface RunOptions {
  /** Folder of the results; made when absent. */
  readonly out: string;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  /** Threads. */
  readonly jobs: number;
  /** Called when a stage begins and after each of its trials. */
  readonly onProgress?: (stage: TuningRound | 'trials', done: number, total: number) => void;
  /** Ends the run after the trials under way. */
  readonly signal?: AbortSignal;
}

export interface ShardOptions {
  readonly shard?: Shard;
  /** `manifest.json` of an earlier run of the same experiment, whose λ are used instead of tuning again. */
  readonly tuned?: string;
}

export interface RunOutcome {
  /** Trials on disk. */
  readonly done: number;
  /** Cells that failed, counted once a trial. */
  readonly failures: number;
  /** False when the signal ended the run early. */
  readonly complete: boolean;
}

/** The trials of a run or of one of its shards, ascending. */
export function trialNumbers(trials: number, shard?: Shard): number[] {
  const all = Array.from({ length: trials }, (_, trial) => trial);
  return shard ? all.filter((trial) => trial % shard.count === shard.index - 1) : all;
}

/**
 * Runs an experiment into a folder, going on from what is there.
 * @throws UserError when the folder holds another experiment or cannot be written, or the config does not fit model and data
 */
export async function runExperiment(config: ExperimentConfig, options: RunOptions & ShardOptions): Promise<RunOutcome> {
  const { out, folder, jobs, shard } = options;
  const release = claimFolder(out);
  try {
    const { manifest, opened: untuned, given } = await begin(config, options);
    const tuned = given ?? (await tuneLambdas(config, tuningOptions(options)));
    if (!tuned) return { done: 0, failures: 0, complete: false };
    const spec: StageSpec = { config, folder, purpose: 'report', tuned: tunedPairs(tuned) };
    if (tuned.length > 0) await untuned.close();
    const opened = tuned.length > 0 ? await openTrials(spec) : untuned;
    const trials = trialNumbers(config.trials, shard);
    const stage = await runStage(spec, opened, {
      out,
      trials,
      jobs,
      onProgress: (done, total) => options.onProgress?.('trials', done, total),
      ...(options.signal && { signal: options.signal }),
    });
    await opened.close();
    if (!stage.complete) return { done: stage.done, failures: 0, complete: false };
    if (!shard) writeResults(out, stage.cells, opened.metricNames);
    finish(out, manifest, { failedCells: stage.failures }, tuned);
    return { done: stage.done, failures: stage.failures, complete: true };
  } finally {
    release();
  }
}

/**
 * Searches λ for the entries with `tune: true`, and nothing else: `summary.csv` is the surface, `optimum.csv` the best pairs.
 * @throws UserError as `runExperiment`
 */
export async function tuneExperiment(config: ExperimentConfig, options: RunOptions): Promise<RunOutcome> {
  const { out } = options;
  const release = claimFolder(out);
  try {
    const { manifest, opened } = await begin(config, options);
    await opened.close();
    const surface = await lossSurface(config, true, tuningOptions(options));
    if (!surface) return { done: 0, failures: 0, complete: false };
    const { metric } = config.tune!;
    writeWhole(path.join(out, files.summary), surfaceCsv(surface.cells, surface.metricNames, metric));
    writeWhole(path.join(out, files.optimum), optimumCsv(surface.cells, metric));
    finish(out, manifest, {}, bestPairs(config, true, surface));
    return { done: config.tune!.trials, failures: 0, complete: true };
  } finally {
    release();
  }
}

function tuningOptions({ out, folder, jobs, onProgress, signal }: RunOptions): TuningOptions {
  return { out, folder, jobs, ...(onProgress && { onProgress }), ...(signal && { signal }) };
}

/** Opens model and data, reads λ that are given, checks the folder and marks it as in use by this experiment. */
async function begin(
  config: ExperimentConfig,
  { out, folder, shard, tuned }: RunOptions & ShardOptions,
): Promise<{ manifest: Manifest; opened: OpenTrials; given: TunedChoice[] | undefined }> {
  const opened = await openTrials({ config, folder, purpose: 'report', tuned: [] });
  const fresh = newManifest(config, opened, shard);
  const given = tuned === undefined ? undefined : readTunedChoices(tuned, config, fresh);
  const earlier = checkSameExperiment(out, fresh);
  const manifest: Manifest = { ...fresh, ...(earlier?.times && { times: earlier.times }) };
  writeManifest(out, { ...manifest, status: 'running' });
  return { manifest, opened, given };
}

/** The files that follow from the trials. */
export function writeResults(out: string, cells: readonly CellTrials[], metricNames: readonly MetricName[]): void {
  writeWhole(path.join(out, files.summary), summaryCsv(cells, metricNames));
  writeWhole(path.join(out, files.paired), pairedCsv(cells, metricNames));
  writeTables(out);
}

/** Marks a folder as complete. */
export function finish(
  out: string,
  manifest: Manifest,
  counts: Readonly<Record<string, number>>,
  tuned: readonly TunedChoice[],
): void {
  writeManifest(out, {
    ...manifest,
    status: 'done',
    times: { started: manifest.times?.started, finished: timestamp() },
    counts: { ...manifest.counts, ...counts },
    ...(tuned.length > 0 && { tuned }),
  });
}
