import { existsSync } from 'node:fs';
import path from 'node:path';
import { labelsApart } from '../results/labels.ts';
import {
  experimentDifferences,
  type FileDigests,
  joinRevisions,
  type Manifest,
  manifestText,
  settingText,
} from '../results/manifest.ts';
import { madeByTune, readManifest } from '../results/read.ts';
import { files, formatVersion } from '../results/schema.ts';
import { writeWhole } from '../util/atomic.ts';
import { timestamp } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { machine, versions } from '../util/versions.ts';
import type { Details, Experiment, Identity, Shard } from './experiment.ts';
import { holdsUnits, journalUnits } from './journal.ts';

/** What a run that begins now is. @param code revision of the code that computes it */
export function newManifest<Result>(
  experiment: Experiment<Result>,
  identity: Identity,
  code: string | null,
  shard?: Shard,
): Manifest {
  const { config, written, seed, trials, madeBy, switchedOff } = experiment;
  return {
    format: formatVersion,
    config,
    config_sha256: sha256(JSON.stringify(config)),
    written,
    seed,
    trials,
    ...(madeBy && { made_by: madeBy }),
    ...(switchedOff && { switched_off: switchedOff }),
    ...(shard && { shard: `${shard.index}/${shard.count}` }),
    versions: versions(),
    revision: code,
    digests: {
      models: identity.models,
      data: identity.data,
      ...(identity.schemes && Object.keys(identity.schemes).length > 0 && { schemes: identity.schemes }),
    },
    ...(identity.runtimes && { runtimes: identity.runtimes }),
    ...(identity.calls && { calls: identity.calls }),
    machine: machine(),
    times: { started: timestamp() },
  };
}

/**
 * What an earlier run left in the folder, when it is this experiment.
 * @param needsAllTrials why no trial may be added, where that is so
 * @throws UserError when it is another one, of another command, seed or shard, or has more trials, or nobody knows of what
 */
export function checkSameExperiment(out: string, manifest: Manifest, needsAllTrials?: string): Manifest | undefined {
  const refuse = (what: string): never => {
    throw new UserError(`${out} holds ${what}; choose another folder for the results, or remove it`);
  };
  const isEmpty = () =>
    !['', 'tuning', 'oracle'].some((stage) =>
      [files.trials, files.iterations].some((file) => holdsUnits(path.join(out, stage), file)),
    );
  if (!existsSync(path.join(out, files.manifest))) {
    if (!isEmpty()) refuse(`trials without a ${files.manifest} that says of what`);
    return undefined;
  }
  const earlier = readManifest(out);
  if (madeByTune(out, earlier) !== (manifest.made_by === 'tune')) {
    const [there, here] = manifest.made_by === 'tune' ? ['run', 'tune'] : ['tune', 'run'];
    throw new UserError(`${out} holds the result of "${there}"; give "${here}" a folder of its own with --out`);
  }
  const differences = experimentDifferences(earlier, manifest);
  const [difference] = differences;
  if (difference) {
    const labels = labelsApart(differences);
    if (labels !== undefined)
      throw new UserError(`${out} ${labels} to go on in it, or choose another folder for the results`);
    const { what, a, b } = difference;
    // a scheme of the user's own that failed before a trial was done, and was mended
    if (what.startsWith('digests.schemes') && earlier.status === 'running' && isEmpty()) return undefined;
    if (what.startsWith('digests.schemes'))
      refuse(
        `trials of another version of ${what.replace('digests.schemes.', '')} (digest ${String(a).slice(0, 8)} there, ${String(b).slice(0, 8)} here)`,
      );
    // lists of two lengths: what they hold would fill the screen
    if (what === 'config.schemes' && Array.isArray(a) && Array.isArray(b))
      refuse(`another experiment, with other schemes (${a.length} there, ${b.length} here)`);
    refuse(`another experiment (${what}: ${settingText(a)} there, ${settingText(b)} here)`);
  }
  if (earlier.seed !== manifest.seed) refuse(`the same experiment with seed ${earlier.seed}, not ${manifest.seed}`);
  if (earlier.shard !== manifest.shard)
    refuse(`shard ${earlier.shard ?? '1/1'} of this run, not ${manifest.shard ?? '1/1'}`);
  if (earlier.trials > manifest.trials && earlier.status === 'running')
    refuse(
      `${journalUnits(path.join(out, files.trials))} trials of a run of at most ${earlier.trials} that was cut off; go on with as many, not ${manifest.trials}`,
    );
  if (earlier.trials > manifest.trials)
    refuse(`${earlier.trials} trials of this experiment; fewer (${manifest.trials}) would lose some`);
  if (needsAllTrials && earlier.trials !== manifest.trials) refuse(`${earlier.trials} trials, and ${needsAllTrials}`);
  return earlier;
}

/** The manifest of a run under way. It is not written before something in the folder is about to change. */
export class RunRecord {
  readonly #out: string;
  readonly #fresh: Manifest;
  readonly #earlier: Manifest | undefined;
  readonly #onNotice: (line: string) => void;
  #kept = false;
  #computes = false;
  #digests: FileDigests;
  #settle: (() => void)[] = [];

  /**
   * @param earlier what the folder held of this run
   * @param onNotice told, in one line, when units that were there are of another revision, or nothing was left to run
   */
  constructor(out: string, fresh: Manifest, earlier: Manifest | undefined, onNotice: (line: string) => void) {
    this.#out = out;
    this.#fresh = fresh;
    this.#earlier = earlier;
    this.#onNotice = onNotice;
    this.#digests = earlier?.files_sha256 ?? {};
  }

  /** Digests of the files of a stage, by name; undefined where the folder is from before there were any. */
  known(folder: string): FileDigests | undefined {
    if (!this.#earlier?.files_sha256) return undefined;
    return Object.fromEntries(
      Object.entries(this.#earlier.files_sha256)
        .filter(([file]) => path.posix.dirname(file) === (folder || '.'))
        .map(([file, digest]) => [path.posix.basename(file), digest]),
    );
  }

  /** To be called when a stage has read its folder, before it changes anything there. */
  stageRead(there: number, missing: number): void {
    this.#kept ||= there > 0;
    if (missing === 0) return;
    const revisionThere = this.#kept ? this.#earlier?.revision : undefined;
    if (!this.#computes && revisionThere && joinRevisions(revisionThere, this.#fresh.revision) !== revisionThere)
      this.#onNotice(
        `${this.#out}: trials there are of revision ${revisionThere}, those to come of ${this.#fresh.revision}`,
      );
    if (!this.#computes) {
      this.#computes = true;
      this.#write({ status: 'running' });
    }
  }

  /**
   * To be called when the finished files of a stage are there.
   * @param settle called when the manifest on disk holds their digests
   */
  stageDone(folder: string, digests: FileDigests, settle: () => void): void {
    this.#add(folder, digests);
    this.#settle.push(settle);
    // where nothing was computed, nothing may vouch for these files before the summary was found to follow from them
    if (this.#computes) this.#write({ status: 'running' });
  }

  /**
   * Writes the manifest of the finished run. Trials that were all there keep the revision and the machine that made them.
   * @param digests of the files that follow from the units
   * @throws UserError when nothing was computed and yet the summary is not the one that the folder had
   */
  finish(digests: FileDigests, details: Details, counts: Readonly<Record<string, number>>): void {
    const before = this.#earlier?.summary_sha256;
    if (this.#kept && !this.#computes) {
      if (before !== undefined && before !== digests[files.summary])
        throw new UserError(
          `${this.#out}: its trials are not those that its summary was made of: they were edited or damaged, or are of another version; remove the folder and run again`,
        );
      const by = this.#earlier?.revision ? `, made by revision ${this.#earlier.revision}` : '';
      this.#onNotice(`${this.#out}: all trials were there already${by}; remove the folder to run them again`);
    }
    this.#add('', digests);
    const { times } = this.#manifest();
    this.#write({
      status: 'done',
      times: { started: times?.started, finished: times?.finished ?? timestamp() },
      counts,
      ...details,
    });
  }

  #add(folder: string, digests: FileDigests): void {
    const own = Object.entries(digests).map(([name, digest]) => [path.posix.join(folder, name), digest]);
    this.#digests = { ...this.#digests, ...Object.fromEntries(own) };
  }

  #manifest(): Manifest {
    const [fresh, earlier] = [this.#fresh, this.#earlier];
    if (!earlier || !this.#kept) return fresh;
    if (!this.#computes) {
      const { config, config_sha256, trials, written } = fresh;
      return { ...earlier, config, config_sha256, trials, ...(written !== undefined && { written }) };
    }
    return {
      ...fresh,
      revision: joinRevisions(earlier.revision, fresh.revision),
      ...(earlier.times && { times: { started: earlier.times.started } }),
    };
  }

  #write(changes: Partial<Manifest>): void {
    const { summary_sha256: _, ...manifest } = this.#manifest();
    const present = Object.entries(this.#digests)
      .filter(([file]) => existsSync(path.join(this.#out, file)))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const whole: Manifest = { ...manifest, ...changes, files_sha256: Object.fromEntries(present) };
    writeWhole(path.join(this.#out, files.manifest), manifestText(whole));
    for (const settle of this.#settle.splice(0)) settle();
  }
}
