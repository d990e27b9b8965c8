import { availableParallelism } from 'node:os';
import type { OpenTrials, StageSpec } from '../coded/open.ts';
import type { TrialResult } from '../coded/trial.ts';
import { cellTrials, stageFormat } from '../kinds/inference/rows.ts';
import { openJournal } from '../results/journal.ts';
import type { CellTrials } from '../results/summaries.ts';
import { seconds } from '../util/clock.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import type runTrial from './worker.ts';

export interface StageOptions {
  /** Folder of the stage's files. */
  readonly out: string;
  /** Trials to run, ascending. */
  readonly trials: readonly number[];
  /** Threads; each has its own model. */
  readonly jobs: number;
  /** Called when the folder was read, before anything there changes. */
  readonly onRead?: (there: number, missing: number) => void;
  /** Called after each trial. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the stage after the trials under way. */
  readonly signal?: AbortSignal;
}

export const defaultJobs = availableParallelism();

export interface StageResult {
  readonly cells: readonly CellTrials[];
  /** False when the signal ended the stage early. */
  readonly complete: boolean;
  readonly done: number;
}

/** Runs the trials of a stage that its folder does not have yet. */
export async function runStage(spec: StageSpec, opened: OpenTrials, options: StageOptions): Promise<StageResult> {
  const { plan } = opened;
  const names = { model: opened.model.name, dataset: opened.dataset.name };
  const rows = stageFormat(spec.config, plan, names);
  const journal = openJournal(options.out, rows.format, new Set(options.trials));
  const missing = options.trials.filter((trial) => !journal.trials.has(trial));
  options.onRead?.(journal.trials.size, missing.length);
  let done = journal.trials.size;
  options.onProgress?.(done, options.trials.length);
  const record = ({ trial, values, failures }: TrialResult) => {
    journal.append(trial, values, failures);
    options.onProgress?.(++done, options.trials.length);
  };
  if (options.jobs > 1 && missing.length > 1) await runPooled(spec, missing, options, record);
  else {
    let yielded = seconds();
    for (const trial of missing) {
      if (options.signal?.aborted) break;
      record(await opened.run(trial));
      // lets a signal and the progress bar through now and then: inference on this thread does not yield
      if (seconds() - yielded < 0.02) continue;
      await new Promise(setImmediate);
      yielded = seconds();
    }
  }
  if (done < options.trials.length) return { cells: [], complete: false, done };
  journal.finish();
  return {
    cells: cellTrials(plan, rows, options.trials, journal),
    complete: true,
    done,
  };
}

async function runPooled(
  spec: StageSpec,
  missing: readonly number[],
  options: StageOptions,
  record: (result: TrialResult) => void,
): Promise<void> {
  const { default: Tinypool } = await import('tinypool');
  const jobs = Math.min(options.jobs, missing.length);
  const pool = new Tinypool({
    filename: new URL('../runs/worker.js', import.meta.url).href,
    workerData: spec,
    minThreads: jobs,
    maxThreads: jobs,
  });
  try {
    let next = 0;
    const feed = async () => {
      while (next < missing.length && !options.signal?.aborted) {
        const result = (await pool.run(missing[next++]!)) as Awaited<ReturnType<typeof runTrial>>;
        if ('refusal' in result) throw new UserError(result.refusal);
        record(result);
      }
    };
    // two trials a thread under way, so that none waits for this one
    await Promise.all(Array.from({ length: 2 * jobs }, feed));
  } catch (error) {
    if (error instanceof UserError || error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `a worker thread died: ${(error as Error).message}; run the same command again to go on`,
      {
        cause: error,
      },
    );
  } finally {
    await pool.destroy();
  }
}
