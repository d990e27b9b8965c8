import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ExperimentConfig } from '../config/experiment.ts';
import type { ConfigDocument } from '../config/load.ts';
import { exitCodes, UserError } from '../util/errors.ts';
import { collect, defaultOut, shardOption, wholeNumber } from './options.ts';

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
  if (document.data.kind === 'parity') {
    throw new UserError(`${name} trains a parity model; start it with "approxifer train parity ${name}"`);
  }
  const config = loadExperiment(document);
  if (flags.dryRun) return dryRun(config, document, flags);
  return config.kind === 'samples' ? samplesRun(config, document, flags) : realRun(config, document, flags);
}

async function realRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ runExperiment }, { makePlan }, { readTunedChoices }, { runSession }] = await Promise.all([
    import('../experiments/run.ts'),
    import('../plan/plan.ts'),
    import('../experiments/tuning.ts'),
    import('./session.ts'),
  ]);
  const tuned = flags.tuned && readTunedChoices(flags.tuned);
  return runSession(document, config, flags, async (options) => {
    for (const warning of makePlan(config).warnings) process.stderr.write(`warning: ${warning}\n`);
    const shared = { ...options, ...(flags.shard && { shard: flags.shard }), ...(tuned && { tuned }) };
    const outcome = await runExperiment(config, shared);
    if (outcome.complete && !flags.shard) {
      process.stdout.write(readFileSync(path.join(options.out, 'table.md'), 'utf8'));
    }
    return outcome;
  });
}

async function samplesRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ runSamples }, { writeFigures }, { runSession }] = await Promise.all([
    import('../experiments/samples.ts'),
    import('../figures/write.ts'),
    import('./session.ts'),
  ]);
  return runSession(document, config, flags, async (options) => {
    const outcome = await runSamples(config, options);
    for (const file of await writeFigures(options.out, new Set(['svg', 'png']))) process.stdout.write(`${file}\n`);
    return outcome;
  });
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
