import { seconds } from '../util/clock.ts';
import type { Stage, UnitOutcome } from './stage.ts';
import { openThreads } from './threads.ts';

/** How the units of a stage are computed: in this thread, or in several. */
export interface ExecuteOptions<Result> {
  readonly units: readonly string[];
  /** Threads; each opens what the units need for itself. */
  readonly jobs: number;
  /** Ends the work after the units under way. */
  readonly signal?: AbortSignal | undefined;
  /** Takes each unit when it is done, in any order; each once. */
  readonly done: (unit: string, outcome: UnitOutcome<Result>) => void;
  /** Told how many of its parts a unit of this thread has done. */
  readonly onPart?: (done: number) => void;
  /** Takes lines for people that came up after the last unit. */
  readonly onRemarks?: (lines: readonly string[]) => void;
}

/** Computes the units of a stage somewhere. */
export type Executor = <Result>(stage: Stage<Result>, options: ExecuteOptions<Result>) => Promise<void>;

/** Computes units. @throws what a unit throws: a failed cell is no error, it is in the outcome */
export async function execute<Result>(stage: Stage<Result>, options: ExecuteOptions<Result>): Promise<void> {
  const several = options.jobs > 1 && options.units.length > 1 && !stage.oneAtATime;
  if (several || stage.mayTakeLong) await inThreads(stage, options);
  else await inThisThread(stage, options);
}

async function inThisThread<Result>(
  stage: Stage<Result>,
  { units, signal, done, onPart = () => {}, onRemarks = () => {} }: ExecuteOptions<Result>,
): Promise<void> {
  if (units.length === 0) return;
  const runner = await stage.open();
  try {
    let yielded = seconds();
    for (let next = 0; next < units.length && !signal?.aborted; ) {
      const block = units.slice(next, next + (stage.block ?? 1));
      const outcomes =
        block.length > 1 && runner.runBlock
          ? await runner.runBlock(block)
          : [await runner.run(block[0]!, { signal, onPart })];
      for (const outcome of outcomes) done(units[next++]!, outcome);
      // lets a signal and the progress bar through now and then: inference on this thread does not yield
      if (seconds() - yielded < 0.02) continue;
      await new Promise(setImmediate);
      yielded = seconds();
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error; // a unit that ended early is done the next time
  } finally {
    await runner.close();
    onRemarks(runner.lastRemarks?.() ?? []);
  }
}

async function inThreads<Result>(
  stage: Stage<Result>,
  { units, jobs, signal, done, onRemarks = () => {} }: ExecuteOptions<Result>,
): Promise<void> {
  const threads = Math.min(stage.oneAtATime ? 1 : jobs, units.length);
  if (threads === 0) return;
  await stage.leaveToThreads?.();
  const pool = await openThreads(stage.remote, threads);
  try {
    let next = 0;
    let failed = false;
    const feed = async () => {
      while (next < units.length && !failed && !signal?.aborted) {
        const block = units.slice(next, next + (stage.block ?? 1));
        next += block.length;
        const outcomes = await pool.runBlock<Result>(block);
        block.forEach((unit, i) => {
          done(unit, outcomes[i]!);
        });
      }
    };
    // two units a thread under way, so that none waits for this one; all are waited for, since a thread that is ended in the
    // middle of an inference takes the process with it
    const ends = await Promise.allSettled(
      Array.from({ length: 2 * threads }, () =>
        feed().catch((error) => {
          failed = true;
          throw error;
        }),
      ),
    );
    const fault = ends.find((end) => end.status === 'rejected');
    if (fault) throw fault.reason;
  } finally {
    onRemarks(await pool.close());
  }
}
