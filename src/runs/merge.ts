import { cpSync, existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { makePlan } from '../coded/plan.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { cellTrials, type StageFormat, stageFormat } from '../kinds/inference/rows.ts';
import { finish, trialNumbers, writeResults } from '../kinds/inference/run.ts';
import { type TunedChoice, tunedPairs } from '../kinds/inference/tuning.ts';
import { openJournal, readTrials } from '../results/journal.ts';
import { experimentDifferences, joinRevisions, type Manifest } from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { type RunFailures, runFailures } from './failures.ts';
import { claimFolder } from './folder.ts';
import { checkSameExperiment, runRecord, type Shard } from './identity.ts';

/** A finished shard, as its folder says. */
interface ShardFolder extends Shard {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Joins the shards of a run: the CSVs and tables are those of the run in one piece, byte for byte. Nothing is written
 * before all shards and the folder of the result are known to fit.
 * @param out folder of the result
 * @param folders every shard once, in any order
 * @param onNotice as `RunOptions.onNotice`: of a part of the run that was in `out` already
 * @returns what failed in the shards
 * @throws UserError when the shards are not of one run, overlap or leave a gap, or `out` holds something else
 */
export function mergeShards(
  out: string,
  folders: readonly string[],
  onNotice: (line: string) => void = () => {},
): RunFailures {
  const shards = readShards(folders);
  if (existsSync(out) && folders.some((folder) => realpathSync(folder) === realpathSync(out)))
    throw new UserError(`${out} is one of the shards; the result needs a folder of its own`);
  const { shard: _, times, ...first } = shards[0]!.manifest;
  const revision = shards.map(({ manifest }) => manifest.revision).reduce(joinRevisions);
  const whole: Manifest = { ...first, revision, times: { started: times?.started } };
  const config = first.config as unknown as ExperimentConfig;
  const tuned = (first.tuned ?? []) as TunedChoice[];
  const plan = makePlan(config, new Map(tunedPairs(tuned)));
  const rows = stageFormat(config, plan, {
    model: Object.keys(first.digests.models)[0]!, // the first one is the base model
    dataset: Object.keys(first.digests.data)[0]!,
  });
  const parts = shards.map((shard) => shardTrials(shard, config.trials, rows));
  const release = claimFolder(out);
  try {
    const earlier = checkSameExperiment(out, whole);
    const trials = trialNumbers(config.trials);
    const journal = openJournal(out, rows.format, new Set(trials));
    const record = runRecord(out, whole, earlier, onNotice);
    record.stageRead(journal.trials.size, trials.length - journal.trials.size);
    for (const part of parts)
      for (const [trial, values] of part.trials)
        if (!journal.trials.has(trial)) journal.append(trial, values, part.failures.get(trial) ?? []);
    journal.finish();
    for (const stage of ['tuning', 'oracle']) {
      const source = folders.map((folder) => path.join(folder, stage)).find((folder) => existsSync(folder));
      if (source) cpSync(source, path.join(out, stage), { recursive: true });
    }
    writeResults(out, cellTrials(plan, rows, trials, journal), rows.metricNames);
    const failed = runFailures(out);
    finish(out, record.finished(), { failedCells: failed.failures }, tuned);
    return failed;
  } finally {
    release();
  }
}

/** @throws UserError when the folders are not all shards of one run, each once */
function readShards(folders: readonly string[]): ShardFolder[] {
  const shards = folders.map(shardFolder);
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
  return shards;
}

function shardFolder(folder: string): ShardFolder {
  const manifest = readManifest(folder);
  const { shard, status } = manifest;
  const [index, count] = (shard ?? '').split('/').map(Number);
  if (!index || !count) throw new UserError(`${folder} is no shard: it was run without --shard`);
  if (status !== 'done') throw new UserError(`${folder}: shard ${shard} is not finished; run it again to go on`);
  return { folder, manifest, index, count };
}

/** The trials of a shard: exactly those that are its own. */
function shardTrials({ folder, ...shard }: ShardFolder, trials: number, rows: StageFormat) {
  const read = readTrials(folder, rows.format);
  const own = new Set(trialNumbers(trials, shard));
  const foreign = [...read.trials.keys()].find((trial) => !own.has(trial));
  if (foreign !== undefined)
    throw new UserError(`${folder} holds trial ${foreign}, which is none of shard ${shard.index}/${shard.count}`);
  const missing = [...own].find((trial) => !read.trials.has(trial));
  if (missing !== undefined) throw new UserError(`${folder} has no trial ${missing}; run its shard again`);
  return { trials: read.trials, failures: groupBy(read.failures, ({ trial }) => trial) };
}
