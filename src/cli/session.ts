import type { ExperimentConfig } from '../config/experiment.ts';
import type { ConfigDocument } from '../config/load.ts';
import type { RunOptions, RunOutcome } from '../experiments/run.ts';
import { exitCodes } from '../util/errors.ts';
import { defaultOut } from './options.ts';

/**
 * Does the work of a command that fills a folder: progress on the terminal, an interrupt that ends it after the trials
 * under way, faults with their place in the config.
 * @returns the exit code
 */
export async function runSession(
  document: ConfigDocument,
  config: ExperimentConfig,
  flags: { readonly out?: string; readonly jobs?: number },
  work: (options: RunOptions) => Promise<RunOutcome>,
): Promise<number> {
  const [{ defaultJobs }, { startProgress }, { ConfigIssue }] = await Promise.all([
    import('../experiments/stage.ts'),
    import('./progress.ts'),
    import('../config/issues.ts'),
  ]);
  const out = flags.out ?? defaultOut(config.name);
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const progress = await startProgress();
  try {
    const outcome = await work({
      out,
      folder: document.folder,
      jobs: flags.jobs ?? defaultJobs,
      signal: interrupt.signal,
      onProgress: progress.update,
    });
    progress.stop();
    if (!outcome.complete) {
      process.stderr.write(`interrupted after ${outcome.done} trials; run the same command again to go on\n`);
      return exitCodes.interrupted;
    }
    process.stderr.write(`results in ${out}\n`);
    if (outcome.failures === 0) return exitCodes.done;
    process.stderr.write(`${outcome.failures} cells failed in a trial; failures.csv there says why\n`);
    return exitCodes.failed;
  } catch (error) {
    throw error instanceof ConfigIssue ? document.located(error) : error;
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
