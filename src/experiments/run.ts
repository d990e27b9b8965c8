import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ExperimentConfig } from '../config/experiment.ts';
import { experimentDifferences, type Manifest } from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { files, formatVersion } from '../results/schema.ts';
import { pairedCsv, summaryCsv } from '../results/summaries.ts';
import { writeTables } from '../results/table-files.ts';
import { writeWhole } from '../util/atomic.ts';
import { timestamp } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { machine, revision, versions } from '../util/versions.ts';
import { claimFolder } from './folder.ts';
import { type OpenTrials, openTrials, runStage, type StageSpec } from './stage.ts';
import { type TunedChoice, tunedPairs, tuneLambdas } from './tuning.ts';

/** A part of the trials: every `count`-th, beginning with number `index` (1 … count). */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface RunOptions {
  /** Folder of the results; made when absent. */
  readonly out: string;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly jobs: number;
  readonly shard?: Shard;
  /** λ chosen by an earlier run of the same experiment, instead of tuning again. */
  readonly tuned?: readonly TunedChoice[];
  /** Called when a stage begins and after each of its trials. */
  readonly onProgress?: (stage: 'tuning' | 'trials', done: number, total: number) => void;
  readonly signal?: AbortSignal;
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
export async function runExperiment(config: ExperimentConfig, options: RunOptions): Promise<RunOutcome> {
  const release = claimFolder(options.out);
  try {
    return await runInFolder(config, options);
  } finally {
    release();
  }
}

async function runInFolder(config: ExperimentConfig, options: RunOptions): Promise<RunOutcome> {
  const { out, folder, jobs, shard, signal } = options;
  const progress = (stage: 'tuning' | 'trials') => ({
    ...(options.onProgress && { onProgress: (done: number, total: number) => options.onProgress!(stage, done, total) }),
    ...(signal && { signal }),
  });
  const untuned: StageSpec = { config, folder, purpose: 'report', tuned: [] };
  let opened = await openTrials(untuned);
  const manifest = newManifest(config, opened, shard);
  const earlier = checkSameExperiment(out, manifest);
  writeManifest(out, { ...manifest, ...(earlier?.times && { times: earlier.times }), status: 'running' });

  const tuned = options.tuned ?? (await tuneLambdas(config, { out, folder, jobs, ...progress('tuning') }));
  if (!tuned) return { done: 0, failures: 0, complete: false };
  const spec: StageSpec = { ...untuned, tuned: tunedPairs(tuned) };
  if (tuned.length > 0) {
    await opened.close();
    opened = await openTrials(spec);
  }
  const stage = await runStage(spec, opened, {
    out,
    trials: trialNumbers(config.trials, shard),
    jobs,
    ...progress('trials'),
  });
  await opened.close();
  if (!stage.complete) return { done: stage.done, failures: 0, complete: false };

  if (!shard) {
    writeWhole(path.join(out, files.summary), summaryCsv(stage.cells, opened.metricNames));
    writeWhole(path.join(out, files.paired), pairedCsv(stage.cells, opened.metricNames));
    writeTables(out);
  }
  writeManifest(out, {
    ...manifest,
    status: 'done',
    times: { started: earlier?.times?.started ?? manifest.times?.started, finished: timestamp() },
    counts: { ...manifest.counts, failedCells: stage.failures },
    ...(tuned.length > 0 && { tuned }),
  });
  return { done: stage.done, failures: stage.failures, complete: true };
}

export function newManifest(config: ExperimentConfig, opened: OpenTrials, shard?: Shard): Manifest {
  const { plan, model, workerModels, dataset } = opened;
  const models = [model, ...workerModels.values()];
  const plain = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  const queries = new Set(plan.codedBatches.map((batch) => batch.K));
  return {
    format: formatVersion,
    config: plain,
    config_sha256: sha256(JSON.stringify(plain)),
    seed: config.seed,
    trials: config.trials,
    ...(shard && { shard: `${shard.index}/${shard.count}` }),
    versions: versions(),
    revision: revision(),
    digests: {
      models: Object.fromEntries(models.map(({ name, sha256: digest }) => [name, digest])),
      data: { [dataset.name]: dataset.sha256 },
    },
    runtimes: Object.fromEntries(models.map(({ name, runtime }) => [name, runtime])),
    machine: machine(),
    times: { started: timestamp() },
    counts: {
      cells: plan.cells.length,
      codedBatches: plan.codedBatches.length,
      inferencesPerTrial: plan.codedPoints + [...queries].reduce((sum, K) => sum + K, 0),
    },
  };
}

/**
 * What an earlier run left in the folder, when it is this experiment.
 * @throws UserError when it is another one, another seed or shard, or has more trials
 */
function checkSameExperiment(out: string, manifest: Manifest): Manifest | undefined {
  if (!existsSync(path.join(out, files.manifest))) return undefined;
  const earlier = readManifest(out);
  const refuse = (what: string): never => {
    throw new UserError(`${out} holds ${what}; choose another folder with --out, or remove it`);
  };
  const [difference] = experimentDifferences(earlier, manifest);
  if (difference) {
    const { what, a, b } = difference;
    refuse(
      `another experiment (${what}: ${JSON.stringify(a) ?? 'absent'} there, ${JSON.stringify(b) ?? 'absent'} here)`,
    );
  }
  if (earlier.seed !== manifest.seed) refuse(`the same experiment with seed ${earlier.seed}, not ${manifest.seed}`);
  if (earlier.shard !== manifest.shard)
    refuse(`shard ${earlier.shard ?? '1/1'} of this run, not ${manifest.shard ?? '1/1'}`);
  if (earlier.trials > manifest.trials)
    refuse(`${earlier.trials} trials of this experiment; fewer (${manifest.trials}) would lose some`);
  const oracle = JSON.stringify(manifest.config).includes('"tune":"oracle"');
  if (oracle && earlier.trials !== manifest.trials)
    refuse(`${earlier.trials} trials, and an oracle's λ depends on all of them`);
  return earlier;
}

function writeManifest(out: string, manifest: Manifest): void {
  writeWhole(path.join(out, files.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}
