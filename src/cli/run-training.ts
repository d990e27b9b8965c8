import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigIssue } from '../config/issues.ts';
import type { ConfigDocument } from '../config/load.ts';
import { claimFolder } from '../experiments/folder.ts';
import { parseTrainingConfig, type TrainingConfig } from '../training/config.ts';
import { runTraining, trainingCells } from '../training/run.ts';
import { exitCodes, UserError } from '../util/errors.ts';
import { startProgress } from './progress.ts';
import type { RunFlags } from './run.ts';

/** `run` of a config of `kind: training`. @returns the exit code */
export async function runTrainingCommand(
  document: ConfigDocument,
  flags: RunFlags,
  defaultOut: (name: string) => string,
): Promise<number> {
  for (const flag of ['shard', 'tuned', 'jobs'] as const)
    if (flags[flag] !== undefined)
      throw new UserError(`--${flag} is for inference experiments; leave it out for kind: training`);
  const config = load(document);
  const cells = trainingCells(config);
  if (flags.dryRun) {
    process.stdout.write(
      `experiment     ${config.name}\ncells          ${cells.length}\ntrials         ${config.trials}\n`,
    );
    return exitCodes.done;
  }
  const out = flags.out ?? defaultOut(config.name);
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const release = claimFolder(out);
  const progress = await startProgress();
  try {
    const outcome = await runTraining(config, out, {
      folder: document.folder,
      signal: interrupt.signal,
      onProgress: (done, total) => progress.update('trainings', done, total),
    });
    progress.stop();
    if (!outcome.complete) {
      process.stderr.write('interrupted: a training experiment begins anew when it is run again\n');
      return exitCodes.interrupted;
    }
    process.stdout.write(readFileSync(path.join(out, 'table.md'), 'utf8'));
    process.stderr.write(`results in ${out}\n`);
    if (outcome.failures === 0) return exitCodes.done;
    process.stderr.write(`${outcome.failures} trainings stopped early; ${path.join(out, 'failures.csv')} says why\n`);
    return exitCodes.failed;
  } catch (error) {
    throw error instanceof ConfigIssue ? document.located(error) : error;
  } finally {
    progress.stop();
    release();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** What `validate` prints about a config of `kind: training`. */
export function validateTraining(document: ConfigDocument, name: string, json: boolean): string {
  const config = load(document);
  if (json) return `${JSON.stringify(config, null, 2)}\n`;
  return `${name}: valid: ${trainingCells(config).length} cells, ${config.trials} trials\n`;
}

function load(document: ConfigDocument): TrainingConfig {
  try {
    return parseTrainingConfig(document.data);
  } catch (error) {
    throw error instanceof ConfigIssue ? document.located(error) : error;
  }
}
