import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { ExperimentConfig } from '../config/experiment.ts';
import { makePlan } from '../plan/plan.ts';
import { openJournal, readTrials } from '../results/journal.ts';
import { experimentDifferences, type Manifest } from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { UserError } from '../util/errors.ts';
import { claimFolder } from './folder.ts';
import { writeManifest } from './identity.ts';
import { cellTrials, stageFormat } from './rows.ts';
import { finish, trialNumbers, writeResults } from './run.ts';
import { type TunedChoice, tunedPairs } from './tuning.ts';

/**
 * Joins the shards of a run: the CSVs and tables are those of the run in one piece, byte for byte.
 * @param out folder of the result
 * @param folders every shard once, in any order
 * @throws UserError when the shards are not of one run, overlap or leave a gap
 */
export function mergeShards(out: string, folders: readonly string[]): void {
  const shards = folders.map((folder) => ({ folder, manifest: readManifest(folder), ...shardOf(folder) }));
  const first = shards[0];
  if (!first) throw new UserError('merge needs the folders of the shards');
  for (const [place, { folder, manifest, index, count }] of shards.entries()) {
    const [difference] = experimentDifferences(first.manifest, manifest);
    if (difference) throw new UserError(`${folder} is of another experiment than ${first.folder} (${difference.what})`);
    for (const key of ['seed', 'trials'] as const) {
      if (manifest[key] !== first.manifest[key]) {
        throw new UserError(`${folder} has ${key} ${manifest[key]}, ${first.folder} has ${first.manifest[key]}`);
      }
    }
    if (count !== first.count)
      throw new UserError(`${folder} is one of ${count} shards, ${first.folder} of ${first.count}`);
    const twin = shards.slice(0, place).find((other) => other.index === index);
    if (twin)
      throw new UserError(`${folder} and ${twin.folder} are both shard ${index}/${count}; give each shard once`);
    if (JSON.stringify(manifest.tuned) !== JSON.stringify(first.manifest.tuned)) {
      throw new UserError(`${folder} and ${first.folder} chose different λ; tune once and give --tuned to every shard`);
    }
  }
  for (let index = 1; index <= first.count; index++) {
    if (!shards.some((shard) => shard.index === index)) throw new UserError(`shard ${index}/${first.count} is missing`);
  }
  const release = claimFolder(out);
  try {
    join(out, first.manifest, shards);
  } finally {
    release();
  }
}

function shardOf(folder: string): { index: number; count: number } {
  const { shard, status } = readManifest(folder);
  const [index, count] = (shard ?? '').split('/').map(Number);
  if (!index || !count) throw new UserError(`${folder} is no shard: it was run without --shard`);
  if (status !== 'done') throw new UserError(`${folder}: shard ${shard} is not finished; run it again to go on`);
  return { index, count };
}

function join(out: string, manifest: Manifest, shards: readonly { folder: string }[]): void {
  const config = manifest.config as unknown as ExperimentConfig;
  const tuned = (manifest.tuned ?? []) as TunedChoice[];
  const plan = makePlan(config, new Map(tunedPairs(tuned)));
  const names = {
    model: Object.keys(manifest.digests.models)[0]!, // the first one is the base model
    dataset: Object.keys(manifest.digests.data)[0]!,
  };
  const rows = stageFormat(config, plan, names);
  const trials = trialNumbers(config.trials);
  const journal = openJournal(out, rows.format, new Set(trials));
  for (const { folder } of shards) {
    const shard = readTrials(folder, rows.format);
    for (const [trial, values] of shard.trials) {
      if (!journal.trials.has(trial))
        journal.append(
          trial,
          values,
          shard.failures.filter((entry) => entry.trial === trial),
        );
    }
  }
  const missing = trials.find((trial) => !journal.trials.has(trial));
  if (missing !== undefined) throw new UserError(`no shard has trial ${missing}`);
  const failures = journal.finish();
  for (const stage of ['tuning', 'oracle']) {
    const source = shards.map(({ folder }) => path.join(folder, stage)).find((folder) => existsSync(folder));
    if (source) cpSync(source, path.join(out, stage), { recursive: true });
  }
  const { shard: _, ...whole } = manifest;
  writeManifest(out, { ...whole, status: 'running' });
  writeResults(out, cellTrials(plan, rows, trials, journal), rows.metricNames);
  finish(out, whole, { failedCells: failures.length }, tuned);
}
