import { existsSync } from 'node:fs';
import path from 'node:path';
import type { OpenTrials } from '../coded/open.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { hasTrials } from '../results/journal.ts';
import { experimentDifferences, joinRevisions, type Manifest } from '../results/manifest.ts';
import { madeByTune, readManifest } from '../results/read.ts';
import { files, formatVersion } from '../results/schema.ts';
import { writeWhole } from '../util/atomic.ts';
import { timestamp } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { machine, revision, versions } from '../util/versions.ts';

/** A part of the trials: every `count`-th, beginning with number `index` (1 … count). */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a run that begins now is. */
export function newManifest(
  config: ExperimentConfig,
  opened: OpenTrials,
  { shard, madeBy }: { readonly shard?: Shard | undefined; readonly madeBy?: 'tune' | undefined } = {},
): Manifest {
  const { plan, model, workerModels, dataset } = opened;
  const models = [model, ...workerModels.values()];
  const plain = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  return {
    format: formatVersion,
    config: plain,
    config_sha256: sha256(JSON.stringify(plain)),
    seed: config.seed,
    trials: config.trials,
    ...(madeBy && { made_by: madeBy }),
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
    counts: { cells: plan.cells.length },
  };
}

/**
 * What an earlier run left in the folder, when it is this experiment.
 * @throws UserError when it is another one, of another command, seed or shard, or has more trials, or nobody knows of what
 */
export function checkSameExperiment(out: string, manifest: Manifest): Manifest | undefined {
  const refuse = (what: string): never => {
    throw new UserError(`${out} holds ${what}; choose another folder for the results, or remove it`);
  };
  if (!existsSync(path.join(out, files.manifest))) {
    if (['', 'tuning', 'oracle'].some((stage) => hasTrials(path.join(out, stage))))
      refuse(`trials without a ${files.manifest} that says of what`);
    return undefined;
  }
  const earlier = readManifest(out);
  if (madeByTune(out, earlier) !== (manifest.made_by === 'tune')) {
    const [there, here] = manifest.made_by === 'tune' ? ['run', 'tune'] : ['tune', 'run'];
    throw new UserError(`${out} holds the result of "${there}"; give "${here}" a folder of its own with --out`);
  }
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

/** The manifest of a run under way. It is not written before something in the folder is about to change. */
export interface RunRecord {
  /** What each stage found in its folder, before it changes anything there. */
  stageRead(found: number, missing: number): void;
  /** The manifest of the finished run: trials that were all there keep the revision and the machine that made them. */
  finished(): Manifest;
}

/**
 * @param earlier what the folder held of this run
 * @param onNotice told, in one line, when trials that were there are of another revision, or nothing was left to run
 */
export function runRecord(
  out: string,
  fresh: Manifest,
  earlier: Manifest | undefined,
  onNotice: (line: string) => void,
): RunRecord {
  let kept = false;
  let computes = false;
  const manifest = (): Manifest => {
    if (!earlier || !kept) return fresh;
    if (!computes)
      return { ...earlier, config: fresh.config, config_sha256: fresh.config_sha256, trials: fresh.trials };
    return {
      ...fresh,
      revision: joinRevisions(earlier.revision, fresh.revision),
      ...(earlier.times && { times: { started: earlier.times.started } }),
    };
  };
  return {
    stageRead(found, missing) {
      kept ||= found > 0;
      if (missing === 0) return;
      const there = kept ? earlier?.revision : undefined;
      if (!computes && there && joinRevisions(there, fresh.revision) !== there)
        onNotice(`${out}: trials there are of revision ${there}, those to come of ${fresh.revision}`);
      computes = true;
      writeManifest(out, { ...manifest(), status: 'running' });
    },
    finished() {
      if (kept && !computes) {
        const by = earlier?.revision ? `, made by revision ${earlier.revision}` : '';
        onNotice(`${out}: all trials were there already${by}; remove the folder to run them again`);
      }
      return manifest();
    },
  };
}

export function writeManifest(out: string, manifest: Manifest): void {
  writeWhole(path.join(out, files.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}
