import type { ConfigDocument } from '../config/load.ts';
import { exitCodes } from '../util/errors.ts';
import { startProgress } from './progress.ts';

/** How the work of a command ended. */
export interface SessionOutcome {
  /** False when the signal ended it early. */
  readonly complete: boolean;
  readonly failures: number;
}

/** What the work of a command is given. */
export interface SessionHooks {
  /** Ends the work after the trials under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (stage: string, done: number, total: number) => void;
  /** Prints a line for people. */
  readonly onNotice: (line: string) => void;
}

/** What a command says about its end. */
export interface SessionTexts<Outcome> {
  /** For stdout, when the work is complete. */
  readonly results: (outcome: Outcome) => string;
  readonly interrupted: (outcome: Outcome) => string;
  readonly failed: (outcome: Outcome) => string;
}

/**
 * Does the work of a command that fills the folder `out`: progress on the terminal, an interrupt that ends it after the
 * trials under way, faults with their place in the config.
 * @param threads trials that the work has under way at a time
 * @returns the exit code
 */
export async function runSession<Outcome extends SessionOutcome>(
  document: ConfigDocument,
  out: string,
  work: (hooks: SessionHooks) => Promise<Outcome>,
  say: SessionTexts<Outcome>,
  threads = 1,
): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const progress = await startProgress(threads);
  try {
    const outcome = await work({
      signal: interrupt.signal,
      onProgress: progress.update,
      onNotice: (line) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`),
    });
    progress.stop();
    if (!outcome.complete) {
      process.stderr.write(`${say.interrupted(outcome)}\n`);
      return exitCodes.interrupted;
    }
    process.stdout.write(say.results(outcome));
    process.stderr.write(`results in ${out}\n`);
    if (outcome.failures === 0) return exitCodes.done;
    process.stderr.write(`${say.failed(outcome)}\n`);
    return exitCodes.failed;
  } catch (error) {
    throw document.located(error);
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** What a run says about an end that is not a success. */
export const runTexts = {
  interrupted: ({ done }: { readonly done: number }) =>
    `interrupted after ${done} units of work; run the same command again to go on`,
  failed: ({ failures, failureFiles }: { readonly failures: number; readonly failureFiles: readonly string[] }) =>
    `${failures} cells failed in a trial; why is in ${failureFiles.join(', ')}`,
};
