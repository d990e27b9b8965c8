import path from 'node:path';
import { type OpenTrials, openTrials, type StageSpec } from '../../coded/open.ts';
import { checkSetUp } from '../../coded/set-up.ts';
import { faultOf } from '../../config/issues.ts';
import type { MetricName } from '../../metrics/table.ts';
import type { Manifest } from '../../results/manifest.ts';
import { optimumCsv, surfaceCsv } from '../../results/optimum.ts';
import { withSummaryDigest } from '../../results/read.ts';
import { files } from '../../results/schema.ts';
import { type CellTrials, pairedCsv, summaryCsv } from '../../results/summaries.ts';
import { type RunFailures, runFailures } from '../../runs/failures.ts';
import { claimFolder } from '../../runs/folder.ts';
import {
  checkSameExperiment,
  newManifest,
  type RunRecord,
  runRecord,
  type Shard,
  writeManifest,
} from '../../runs/identity.ts';
import { runStage } from '../../runs/stage.ts';
import { writeTables } from '../../tables/files.ts';
import { writeWhole } from '../../util/atomic.ts';
import { timestamp } from '../../util/clock.ts';
import type { ExperimentConfig } from './config.ts';
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
  /** Called with a line that people should read. */
  readonly onNotice?: (line: string) => void;
  /** Ends the run after the trials under way. */
  readonly signal?: AbortSignal;
}

export interface ShardOptions {
  readonly shard?: Shard;
  /** `manifest.json` of an earlier run of the same experiment, whose λ are used instead of tuning again. */
  readonly tuned?: string;
}

export interface RunOutcome extends RunFailures {
  /** Trials on disk. */
  readonly done: number;
  /** False when the signal ended the run early. */
  readonly complete: boolean;
}

const interrupted = (done: number): RunOutcome => ({ done, failures: 0, failureFiles: [], complete: false });

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
  const { out, folder, shard } = options;
  const release = claimFolder(out);
  try {
    const { record, opened: untuned, given } = await begin(config, options);
    const tuned = given ?? (await tuneLambdas(config, tuningOptions(options, record)));
    if (!tuned) return interrupted(0);
    const spec: StageSpec = { config, folder, purpose: 'report', tuned: tunedPairs(tuned) };
    if (tuned.length > 0) await untuned.close();
    const opened = tuned.length > 0 ? await openTrials(spec) : untuned;
    const stage = await runStage(spec, opened, {
      ...tuningOptions(options, record),
      trials: trialNumbers(config.trials, shard),
      onProgress: (done, total) => options.onProgress?.('trials', done, total),
    });
    await opened.close();
    if (!stage.complete) return interrupted(stage.done);
    if (!shard) writeResults(out, stage.cells, opened.metricNames);
    const failed = runFailures(out);
    finish(out, record.finished(), { failedCells: failed.failures }, tuned);
    return { ...failed, done: stage.done, complete: true };
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
    const { record, opened } = await begin(config, options, 'tune');
    await opened.close();
    const surface = await lossSurface(config, true, tuningOptions(options, record));
    if (!surface) return interrupted(0);
    const { metric } = config.tune!;
    const best = bestPairs(config, true, surface);
    writeWhole(path.join(out, files.summary), surfaceCsv(surface.cells, surface.metricNames, metric));
    writeWhole(path.join(out, files.optimum), optimumCsv(surface.cells, metric));
    const failed = runFailures(out);
    finish(out, record.finished(), { failedCells: failed.failures }, best);
    return { ...failed, done: config.tune!.trials, complete: true };
  } finally {
    release();
  }
}

function tuningOptions(options: RunOptions, record: RunRecord): TuningOptions {
  const { out, folder, jobs, onProgress, signal } = options;
  return { out, folder, jobs, onRead: record.stageRead, ...(onProgress && { onProgress }), ...(signal && { signal }) };
}

/** Opens model and data, reads λ that are given, and checks that the folder is free or holds a part of this run. */
async function begin(
  config: ExperimentConfig,
  { out, folder, shard, tuned, onNotice = () => {} }: RunOptions & ShardOptions,
  madeBy?: 'tune',
): Promise<{ record: RunRecord; opened: OpenTrials; given: TunedChoice[] | undefined }> {
  const opened = await openTrials({ config, folder, purpose: 'report', tuned: [] });
  const fresh = newManifest(config, opened, { shard, madeBy });
  const given = tuned === undefined ? undefined : readTunedChoices(tuned, config, fresh);
  const record = runRecord(out, fresh, checkSameExperiment(out, fresh), onNotice);
  const setUp = { spec: config.model, model: opened.model, dataset: opened.dataset, output: config.output };
  for (const warning of await faultOf(['model'], () => checkSetUp(setUp))) onNotice(`warning: ${warning}`);
  return { record, opened, given };
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
  const finished: Manifest = {
    ...manifest,
    status: 'done',
    times: { started: manifest.times?.started, finished: manifest.times?.finished ?? timestamp() },
    counts: { ...manifest.counts, ...counts },
    ...(tuned.length > 0 && { tuned }),
  };
  writeManifest(out, withSummaryDigest(out, finished));
}
