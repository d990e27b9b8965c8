import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ConfigDocument } from '../config/load.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { files } from '../results/schema.ts';
import { exitCodes, UserError } from '../util/errors.ts';
import { collect, defaultOut, jobsOption, shardOption, trialTexts, wholeNumber } from './options.ts';
import { say } from './print.ts';
import type { SessionHooks } from './session.ts';

export interface RunFlags {
  out?: string;
  trials?: number;
  seed?: number;
  jobs?: number;
  set?: string[];
  dryRun?: boolean;
  json?: boolean;
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
    .option('-j, --jobs <number>', 'threads (default: available cores)', jobsOption)
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--shard <i/n>', 'run only every n-th trial, from the i-th on; merge joins the shards', shardOption)
    .option('--tuned <manifest.json>', 'take λ from an earlier run instead of tuning')
    .option('--dry-run', 'only say what would run and how long it would take')
    .option('--json', 'with --dry-run: print JSON')
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
  const [{ readConfig }, { loadDrawable, refuseInferenceFlags }] = await Promise.all([
    import('../config/load.ts'),
    import('./experiment.ts'),
  ]);
  if (flags.json && !flags.dryRun) {
    throw new UserError('--json is for --dry-run; what a run finds is in its summary.csv and table.csv');
  }
  const overrides = [...(flags.set ?? [])];
  if (flags.trials !== undefined) overrides.push(`trials=${flags.trials}`);
  if (flags.seed !== undefined) overrides.push(`seed=${flags.seed}`);
  const document = readConfig(name, overrides);
  if (document.data.kind === 'training') return (await import('./run-training.ts')).runTrainingCommand(document, flags);
  if (document.data.kind === 'parity') {
    throw new UserError(`${name} trains a parity model; start it with "approxifer train parity ${name}"`);
  }
  const config = loadDrawable(document);
  if (config.kind === 'samples') refuseInferenceFlags('samples', flags);
  if (flags.dryRun) return dryRun(config, document, flags);
  return config.kind === 'samples' ? samplesRun(config, document, flags) : realRun(config, document, flags);
}

async function realRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ runExperiment }, { defaultJobs }, { makePlan }, { runSession }] = await Promise.all([
    import('../kinds/inference/run.ts'),
    import('../runs/stage.ts'),
    import('../coded/plan.ts'),
    import('./session.ts'),
  ]);
  const out = flags.out ?? defaultOut(config.name);
  const jobs = flags.jobs ?? defaultJobs;
  const work = async (hooks: SessionHooks) => {
    for (const warning of makePlan(config).warnings) say(`warning: ${warning}`);
    return runExperiment(config, {
      ...hooks,
      out,
      folder: document.folder,
      jobs,
      ...(flags.shard && { shard: flags.shard }),
      ...(flags.tuned !== undefined && { tuned: flags.tuned }),
    });
  };
  const results = () => (flags.shard ? '' : readFileSync(path.join(out, files.tableMarkdown), 'utf8'));
  return runSession(document, out, work, { ...trialTexts, results }, jobs);
}

async function samplesRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ runSamples }, { writeFigures }, { runSession }] = await Promise.all([
    import('../kinds/samples/run.ts'),
    import('../figures/write.ts'),
    import('./session.ts'),
  ]);
  const out = flags.out ?? defaultOut(config.name);
  const work = async () => {
    await runSamples(config, out, document.folder);
    return {
      complete: true,
      failures: 0,
      failureFiles: [],
      done: 1,
      written: await writeFigures(out, new Set(['svg', 'png'])),
    };
  };
  return runSession(document, out, work, {
    ...trialTexts,
    results: ({ written }) => written.map((file) => `${file}\n`).join(''),
  });
}

async function dryRun(config: ExperimentConfig, document: ConfigDocument, flags: RunFlags): Promise<number> {
  const [{ printDryRun }, { trialNumbers }, { defaultJobs }] = await Promise.all([
    import('./dry-run.ts'),
    import('../kinds/inference/run.ts'),
    import('../runs/stage.ts'),
  ]);
  await printDryRun(config, document, {
    jobs: flags.jobs ?? defaultJobs,
    trials: trialNumbers(config.trials, flags.shard).length,
    tunes: flags.tuned === undefined,
    json: flags.json ?? false,
  });
  return exitCodes.done;
}
