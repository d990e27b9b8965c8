import { existsSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../results/manifest.ts';
import { allocatedCores } from '../util/cores.ts';
import { UserError } from '../util/errors.ts';
import { revision } from '../util/versions.ts';
import { type Executor, execute } from './execute.ts';
import { type Details, type Experiment, type Shard, shardUnits } from './experiment.ts';
import { type RunFailures, runFailures } from './failures.ts';
import { claimFolderInTurn } from './folder.ts';
import { openJournal } from './journal.ts';
import { checkSameExperiment, newManifest, RunRecord } from './record.ts';
import type { Stage, UnitOutcome, UnitResults } from './stage.ts';
import { damagedFile, damageLine } from './store/damage.ts';
import { resultsOf } from './stored-units.ts';

export const defaultJobs = allocatedCores();

export interface RunOptions {
  /** Folder of the results; made when absent. */
  readonly out: string;
  /** Threads. */
  readonly jobs: number;
  readonly shard?: Shard | undefined;
  /** What computes the units of a run with this manifest; default: this thread, or several. */
  readonly executor?: ((manifest: Manifest) => Executor) | undefined;
  /** Called when a stage begins and after each of its units. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
  /** Called with a line that people should read. */
  readonly onNotice?: (line: string) => void;
  /** Ends the run after the units under way. */
  readonly signal?: AbortSignal;
}

export interface RunOutcome extends RunFailures {
  /** Units of the last stage on disk. */
  readonly done: number;
  /** False when the signal ended the run early. */
  readonly complete: boolean;
  /** Points that went through models in this run, and those whose answers were there. */
  readonly inferred: number;
  readonly saved: number;
}

/**
 * Carries an experiment out into a folder, going on from what is there.
 * @throws UserError when the folder holds another experiment or cannot be written, or what the experiment opens does not fit
 */
export async function carryOut<Result>(experiment: Experiment<Result>, options: RunOptions): Promise<RunOutcome> {
  const { out, shard, onNotice = () => {} } = options;
  if (shard && experiment.undivided !== undefined) throw new UserError(`--shard: ${experiment.undivided}`);
  const isNew = !existsSync(out);
  const claim = await claimFolderInTurn(out, options);
  if (!claim) return { done: 0, failures: 0, failureFiles: [], complete: false, inferred: 0, saved: 0 };
  const effort = efforts(onNotice);
  try {
    const [identity, code] = await Promise.all([experiment.identify(), revision()]);
    for (const warning of identity.warnings ?? []) onNotice(`warning: ${warning}`);
    for (const note of identity.notes ?? []) onNotice(note);
    const fresh = newManifest(experiment, identity, code, shard);
    const earlier = checkSameExperiment(out, fresh, experiment.needsAllTrials);
    const record = new RunRecord(out, fresh, earlier, onNotice);
    const executor = options.executor?.(fresh) ?? execute;
    let done = 0;
    const run = async <R>(stage: Stage<R>): Promise<UnitResults<R> | undefined> => {
      const { units } = stage;
      const folder = path.join(out, stage.folder);
      const journal = openJournal({ folder, known: record.known(stage.folder) }, stage.format, units);
      const missing = (end: number) => units.slice(0, end).filter((unit) => !journal.outcomes.has(unit));
      const { parts = 1, looks } = stage;
      let wanted = units.length;
      for (const [place, end] of (looks?.ends ?? [units.length]).entries()) {
        const missingUnits = missing(end);
        if (place === 0 || missingUnits.length > 0) record.stageRead(journal.outcomes.size, missingUnits.length);
        done = journal.outcomes.size;
        const progress = (part = 0) => options.onProgress?.(stage.name, done * parts + part, units.length * parts);
        progress();
        await executor(stage, {
          units: missingUnits,
          jobs: options.jobs,
          signal: options.signal,
          onPart: progress,
          onRemarks: effort.say,
          done(unit, outcome) {
            claim.check();
            journal.append(unit, outcome);
            effort.add(outcome);
            done++;
            progress();
          },
        });
        if (missing(end).length > 0) return undefined;
        wanted = end;
        const first = resultsOf(units.slice(0, end), (unit) => journal.outcomes.get(unit)!);
        if (looks?.isEnough(first, place + 1)) break;
      }
      if (done > wanted)
        throw new UserError(
          `${out} holds ${done} trials, and until: is met after ${wanted}; leave until: out, or choose another --out`,
        );
      claim.check();
      const { results, digests } = journal.finish(units.slice(0, wanted));
      record.stageDone(stage.folder, digests, journal.settle);
      return results;
    };

    const interrupted = () => ({ done, failures: 0, failureFiles: [], complete: false, ...effort.total() });
    const details: Details | undefined = experiment.prepare
      ? await experiment.prepare({
          out,
          manifest: fresh,
          run: (stage) => run(stage),
          wrote: (folder, digests) => record.stageDone(folder, digests, () => {}),
          notice: onNotice,
        })
      : {};
    if (!details) return interrupted();
    const whole = experiment.stage?.(identity, details);
    if (!whole && shard) throw new UserError('--shard has no meaning here: there are no units to share out');
    const stage = whole && shard ? shardOf(whole, shard, onNotice) : whole;
    const results = stage ? await run(stage) : new Map<string, never>();
    if (!results) return interrupted();
    claim.check();
    const digests = shard ? {} : experiment.conclude(out, identity, details, results);
    const failed = runFailures(out);
    record.finish(
      digests,
      { ...details, ...(stage?.looks && { trials: results.size }) },
      {
        ...(stage && { cells: stage.format.keys.length }),
        failedCells: failed.failures,
      },
    );
    return { ...failed, done, complete: true, ...effort.total() };
  } finally {
    await experiment.close?.();
    effort.say(experiment.lastRemarks?.() ?? []);
    effort.sayDamage();
    claim.release();
    if (isNew) removeIfEmpty(out);
  }
}

/** A run that is refused before it wrote anything leaves no folder. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // it holds results, or another process took it
}

/** The part of a stage that a shard computes. What other shards found it cannot know, so it leaves no unit out. */
function shardOf<R>({ looks, ...stage }: Stage<R>, shard: Shard, say: (line: string) => void): Stage<R> {
  if (looks) say('until: a shard computes all of its trials; merge ends where one run would have ended');
  return { ...stage, units: shardUnits(stage.units, shard) };
}

/** Sums what units took, and says each of their remarks once; damaged files of the store, which come one by one, in one line. */
function efforts(say: (line: string) => void) {
  const said = new Set<string>();
  const damaged = new Set<string>();
  let [inferred, saved] = [0, 0];
  const sayOnce = (lines: readonly string[]) => {
    for (const line of lines) {
      const file = damagedFile(line);
      if (file !== undefined) damaged.add(file);
      else if (!said.has(line)) say(line);
      said.add(line);
    }
  };
  return {
    say: sayOnce,
    add({ effort }: UnitOutcome<unknown>) {
      inferred += effort?.inferred ?? 0;
      saved += effort?.saved ?? 0;
      sayOnce(effort?.remarks ?? []);
    },
    sayDamage() {
      const line = damageLine([...damaged]);
      if (line !== undefined) say(line);
    },
    total: () => ({ inferred, saved }),
  };
}
