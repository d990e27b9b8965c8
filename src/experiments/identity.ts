import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ExperimentConfig } from '../config/experiment.ts';
import { experimentDifferences, type Manifest } from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { files, formatVersion } from '../results/schema.ts';
import { writeWhole } from '../util/atomic.ts';
import { timestamp } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { machine, revision, versions } from '../util/versions.ts';
import type { OpenTrials } from './stage.ts';

/** A part of the trials: every `count`-th, beginning with number `index` (1 … count). */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a run that begins now is. */
export function newManifest(config: ExperimentConfig, opened: OpenTrials, shard?: Shard): Manifest {
  const { plan, model, workerModels, dataset } = opened;
  const models = [model, ...workerModels.values()];
  const plain = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
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
    counts: { cells: plan.cells.length },
  };
}

/**
 * What an earlier run left in the folder, when it is this experiment.
 * @throws UserError when it is another one, another seed or shard, or has more trials
 */
export function checkSameExperiment(out: string, manifest: Manifest): Manifest | undefined {
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

export function writeManifest(out: string, manifest: Manifest): void {
  writeWhole(path.join(out, files.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}
