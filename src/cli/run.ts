import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ExperimentConfig } from '../config/experiment.ts';
import type { ConfigDocument } from '../config/load.ts';
import { exitCodes } from '../util/errors.ts';
import { collect, shardOption, wholeNumber } from './options.ts';

export interface RunFlags {
  out?: string;
  trials?: number;
  seed?: number;
  jobs?: number;
  set?: string[];
  dryRun?: boolean;
  shard?: { index: number; count: number };
  tuned?: string;
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run an experiment; a folder that holds a part of it is gone on with')
    .argument('<config>', 'a YAML file, or the name of a packaged config such as quickstart')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<name>)')
    .option('--trials <number>', 'instead of trials: of the config', wholeNumber(1))
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('-j, --jobs <number>', 'threads (default: available cores)', wholeNumber(1))
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--shard <i/n>', 'run only every n-th trial, from the i-th on; merge joins the shards', shardOption)
    .option('--tuned <manifest.json>', 'take λ from an earlier run instead of tuning')
    .option('--dry-run', 'only say what would run and how long it would take')
    .addHelpText(
      'after',
      `
Examples:
  approxifer run quickstart
  approxifer run configs/table1/lenet5.yaml --jobs 2
  approxifer run my.yaml --set K=10 --set 'stragglers=contiguous' --trials 500
  approxifer run big.yaml --dry-run`,
    )
    .action(async (name: string, flags: RunFlags) => {
      process.exitCode = await runCommand(name, flags);
    });
}

async function runCommand(name: string, flags: RunFlags): Promise<number> {
  const { readConfig, loadExperiment } = await import('../config/load.ts');
  const overrides = [...(flags.set ?? [])];
  if (flags.trials !== undefined) overrides.push(`trials=${flags.trials}`);
  if (flags.seed !== undefined) overrides.push(`seed=${flags.seed}`);
  const document = readConfig(name, overrides);
  if (document.data.kind === 'training')
    return (await import('./run-training.ts')).runTrainingCommand(document, flags, defaultOut);
  const config = loadExperiment(document);
  return flags.dryRun ? dryRun(config, document, flags) : realRun(config, document, flags);
}

/** The default folder of an experiment's results. */
export function defaultOut(name: string): string {
  return path.join('results', 'runs', name);
}

async function realRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ runExperiment }, { makePlan }, { defaultJobs }, { startProgress }, { ConfigIssue }] = await Promise.all([
    import('../experiments/run.ts'),
    import('../plan/plan.ts'),
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
  const tuned = flags.tuned ? await readTuned(flags.tuned) : undefined;
  try {
    for (const warning of makePlan(config).warnings) process.stderr.write(`warning: ${warning}\n`);
    const outcome = await runExperiment(config, {
      out,
      folder: document.folder,
      jobs: flags.jobs ?? defaultJobs,
      signal: interrupt.signal,
      onProgress: progress.update,
      ...(flags.shard && { shard: flags.shard }),
      ...(tuned && { tuned }),
    });
    progress.stop();
    if (!outcome.complete) {
      process.stderr.write(
        `interrupted after ${outcome.done} of ${config.trials} trials; run the same command again to go on\n`,
      );
      return exitCodes.interrupted;
    }
    process.stderr.write(`results in ${out}\n`);
    if (!flags.shard) process.stdout.write(readFileSync(path.join(out, 'table.md'), 'utf8'));
    if (outcome.failures === 0) return exitCodes.done;
    process.stderr.write(`${outcome.failures} cells failed in a trial; ${path.join(out, 'failures.csv')} says why\n`);
    return exitCodes.failed;
  } catch (error) {
    throw error instanceof ConfigIssue ? document.located(error) : error;
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function readTuned(file: string) {
  const { readTunedChoices } = await import('../experiments/tuning.ts');
  return readTunedChoices(file);
}

async function dryRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ estimateRun }, { defaultJobs }, { formatDuration }, { ConfigIssue }] = await Promise.all([
    import('../experiments/estimate.ts'),
    import('../experiments/stage.ts'),
    import('../util/units.ts'),
    import('../config/issues.ts'),
  ]);
  try {
    const jobs = flags.jobs ?? defaultJobs;
    const estimate = await estimateRun(config, document.folder, jobs);
    const lines = [
      `experiment     ${config.name}`,
      `cells          ${estimate.cells}`,
      `trials         ${config.trials}${estimate.tuningTrials > 0 ? ` and ${estimate.tuningTrials} for tuning` : ''}`,
      `coded batches  ${estimate.codedBatches} a trial`,
      `inferences     ${estimate.inferences}`,
      `decodes        ${estimate.decodes}`,
      `time           about ${formatDuration(estimate.seconds)} with ${jobs} jobs (from ${estimate.calibrationTrials} trials just measured)`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.done;
  } catch (error) {
    throw error instanceof ConfigIssue ? document.located(error) : error;
  }
}
