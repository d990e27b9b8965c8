import { cpSync, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  experimentDifferences,
  type FileDigests,
  joinRevisions,
  type Manifest,
  settingText,
} from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { files } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { type Details, type Experiment, type Identity, type Shard, shardUnits } from './experiment.ts';
import { type RunFailures, runFailures } from './failures.ts';
import { readFinished } from './finished.ts';
import { claimFolderInTurn } from './folder.ts';
import { openJournal } from './journal.ts';
import { checkSameExperiment, RunRecord } from './record.ts';
import type { Stage, UnitOutcome } from './stage.ts';
import { resultsOf, type StoredUnits } from './stored-units.ts';

/** A finished shard, as its folder says. */
interface ShardFolder extends Shard {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Joins the shards of a run: the CSVs and tables are those of the run in one piece, byte for byte. Nothing is written
 * before all shards and the folder of the result are known to fit.
 * @param out folder of the result
 * @param folders every shard once, in any order (`shardFolders`)
 * @param recorded the experiment that the first shard's manifest is of, with its part of the manifest
 * @param onNotice as `RunOptions.onNotice`: of a part of the run that was in `out` already
 * @returns what failed in the shards
 * @throws UserError when the shards are not of one run, overlap or leave a gap, or `out` holds something else
 */
export async function mergeShards(
  out: string,
  folders: readonly string[],
  { experiment, details }: { readonly experiment: Experiment<unknown>; readonly details: Details },
  onNotice: (line: string) => void = () => {},
): Promise<RunFailures> {
  const shards = readShards(folders);
  if (existsSync(out) && folders.some((folder) => realpathSync(folder) === realpathSync(out)))
    throw new UserError(`${out} is one of the shards; the result needs a folder of its own`);
  const { shard: _, times, files_sha256: __, ...first } = shards[0]!.manifest;
  const revision = shards.map(({ manifest }) => manifest.revision).reduce(joinRevisions);
  const whole: Manifest = { ...first, revision, times: { started: times?.started } };
  const { models, data } = first.digests;
  const identity: Identity = { models, data, ...(first.runtimes && { runtimes: first.runtimes }) };
  if (!experiment.stage) throw new UserError(`${shards[0]!.folder} holds no units to join`);
  const stage = experiment.stage(identity, details);
  const stored = shards.map((shard) => shardUnitsOf(shard, stage));
  const outcomeOf = (unit: string) => stored.find((own) => own.has(unit))!.get(unit)!;
  const units = unitsUpToEnough(stage, outcomeOf);
  const claim = await claimFolderInTurn(out, { onNotice });
  try {
    const earlier = checkSameExperiment(out, whole, experiment.needsAllTrials);
    const record = new RunRecord(out, whole, earlier, onNotice);
    const journal = openJournal({ folder: out, known: record.known('') }, stage.format, units);
    record.stageRead(journal.outcomes.size, units.length - journal.outcomes.size);
    for (const unit of units) if (!journal.outcomes.has(unit)) journal.append(unit, outcomeOf(unit));
    claim?.check();
    const { results, digests } = journal.finish();
    record.stageDone('', digests, journal.settle);
    for (const [name, digestsOfStage] of copyStages(shards, out)) record.stageDone(name, digestsOfStage, () => {});
    const concluded = experiment.conclude(out, identity, details, results);
    const failed = runFailures(out);
    record.finish(
      concluded,
      { ...details, ...(stage.looks && { trials: units.length }) },
      { cells: stage.format.keys.length, failedCells: failed.failures },
    );
    return failed;
  } finally {
    claim?.release();
  }
}

/**
 * The folders of shards: those given, or all runs in the only one that is given.
 * @throws UserError when there are none in it
 */
export function shardFolders(given: readonly string[]): readonly string[] {
  const [parent] = given;
  if (parent === undefined || given.length > 1 || existsSync(path.join(parent, files.manifest))) return given;
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) throw new UserError(`${parent}: no such folder`);
  const inside = readdirSync(parent)
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, files.manifest)));
  if (inside.length === 0) throw new UserError(`${parent}: neither it nor a folder in it is a shard of a run`);
  return inside;
}

/** Copies the folders of stages before the last one. @returns their digests by folder */
function copyStages(shards: readonly ShardFolder[], out: string): Map<string, FileDigests> {
  const copied = new Map<string, FileDigests>();
  for (const { folder, manifest } of shards) {
    const inside = Object.entries(manifest.files_sha256 ?? {}).filter(([file]) => path.posix.dirname(file) !== '.');
    for (const top of new Set(inside.map(([file]) => file.split('/')[0]!))) {
      if (copied.has(top)) continue;
      cpSync(path.join(folder, top), path.join(out, top), { recursive: true });
      const own = inside.filter(([file]) => file.startsWith(`${top}/`));
      copied.set(top, Object.fromEntries(own.map(([file, digest]) => [file.slice(top.length + 1), digest])));
    }
  }
  return copied;
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
    // the end of the whole would follow the order in which the folders are given
    const until = (of: Manifest) => JSON.stringify(of.config.until ?? null);
    if (until(manifest) !== until(first.manifest)) {
      const [here, there] = [manifest, first.manifest].map(({ config }) => untilText(config.until));
      throw new UserError(
        `${folder} has ${here}, ${first.folder} has ${there}; run one of them again with the other's`,
      );
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

function untilText(until: unknown): string {
  return (until ?? undefined) === undefined ? 'no until:' : `until: ${settingText(until)}`;
}

function shardFolder(folder: string): ShardFolder {
  const manifest = readManifest(folder);
  const { shard, status } = manifest;
  const [index, count] = (shard ?? '').split('/').map(Number);
  if (!index || !count) throw new UserError(`${folder} is no shard: it was run without --shard`);
  if (status !== 'done') throw new UserError(`${folder}: shard ${shard} is not finished; run it again to go on`);
  return { folder, manifest, index, count };
}

/** The units that one run would have computed: it ends at the first look that finds enough. */
function unitsUpToEnough<Result>(
  { units, looks }: Stage<Result>,
  outcomeOf: (unit: string) => UnitOutcome<Result>,
): readonly string[] {
  for (const [place, end] of (looks?.ends ?? []).entries()) {
    const first = units.slice(0, end);
    if (looks?.isEnough(resultsOf(first, outcomeOf), place + 1)) return first;
  }
  return units;
}

/** The units of a shard: exactly those that are its own. */
function shardUnitsOf<Result>(
  { folder, manifest, ...shard }: ShardFolder,
  { units, format }: Stage<Result>,
): StoredUnits<Result> {
  const own = shardUnits(units, shard);
  const foreign = (unit: string) =>
    new UserError(`${folder} holds trial ${unit}, which is none of shard ${shard.index}/${shard.count}`);
  const read = readFinished(folder, format, manifest.files_sha256, own, foreign);
  const missing = own.find((unit) => !read.has(unit));
  if (missing !== undefined) throw new UserError(`${folder} has no trial ${missing}; run its shard again`);
  return read;
}
