import type { ConfigDocument } from '../config/load.ts';
import { exitCodes } from '../util/errors.ts';
import { counted, shellWord } from '../util/text.ts';
import { isTerminal, say } from './print.ts';
import { startProgress } from './progress.ts';
import { printTables } from './terminal.ts';

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
  /** A command that a user may want next. */
  readonly next?: string | undefined;
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
  texts: SessionTexts<Outcome>,
  threads = 1,
): Promise<number> {
  const progress = await startProgress(threads);
  const interrupt = listenForSignals(() => {
    progress.stop();
    say('interrupted: the trials under way are lost; run the same command again to go on');
  });
  try {
    const outcome = await work({
      signal: interrupt.signal,
      onProgress: progress.update,
      onNotice: say,
    });
    progress.stop();
    if (!outcome.complete) {
      say(texts.interrupted(outcome));
      return exitCodes.interrupted;
    }
    printTables(texts.results(outcome));
    say(`results in ${out}`);
    if (texts.next) say(`next: ${texts.next}`);
    if (outcome.failures === 0) return exitCodes.done;
    say(texts.failed(outcome));
    return exitCodes.failed;
  } catch (error) {
    throw document.located(error);
  } finally {
    progress.stop();
    interrupt.stopListening();
  }
}

/** What a user may want after a run. */
export function nextCommand(out: string): string {
  return `approxifer report ${shellWord(out)}`;
}

/** What a run says about an end that is not a success. */
export const runTexts = {
  interrupted: ({ done }: { readonly done: number }) =>
    `interrupted after ${counted(done, 'unit')} of work; run the same command again to go on`,
  failed: ({ failures, failureFiles }: { readonly failures: number; readonly failureFiles: readonly string[] }) =>
    `${counted(failures, 'cell')} failed in a trial; why is in ${failureFiles.join(', ')}`,
};
/** How long a program that was told to end may go on with what is under way, in milliseconds. */
const grace = 500;

/**
 * A signal asks the work to end after the trials under way. Whoever sends a second one, or anything but Ctrl-C, does not wait
 * for those: schedulers and closing terminals kill soon after.
 * @param onLeaving called before the program ends in the middle of trials
 */
export function listenForSignals(onLeaving: () => void): { readonly signal: AbortSignal; stopListening(): void } {
  const interrupt = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const leave = () => {
    onLeaving();
    endNow();
  };
  const listen = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) leave();
    interrupt.abort();
    if (signal !== 'SIGINT') timer = setTimeout(leave, grace);
    else if (isTerminal()) say('ending after the trials under way; Ctrl-C again ends at once');
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, listen);
  return {
    signal: interrupt.signal,
    stopListening() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, listen);
    },
  };
}

/**
 * Ends the process in the middle of what its threads do, by SIGINT as far as the system is concerned: shells call that 130.
 * `process.exit` would end each thread first, and ONNX Runtime aborts (134) where it is ended in the middle of an inference.
 */
function endNow(): never {
  process.emit('exit', exitCodes.interrupted); // gives locks back
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  process.exit(exitCodes.interrupted); // the first process of a container does not die of signals
}
