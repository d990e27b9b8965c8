import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { RunFailures } from '../experiments/failures.ts';
import { files } from '../results/schema.ts';
import { exitCodes, UserError } from '../util/errors.ts';
import { collect, defaultOut, trialTexts, wholeNumber } from './options.ts';
import { jsonText } from './print.ts';
import type { SessionHooks } from './session.ts';

interface TuneFlags {
  out?: string;
  seed?: number;
  jobs?: number;
  set?: string[];
  dryRun?: boolean;
  json?: boolean;
}

export function registerTune(program: Command): void {
  program
    .command('tune')
    .description('search λ for the schemes with tune: true: a grid over λ_enc x λ_dec, then finer around the best pair')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<name>)')
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('-j, --jobs <number>', 'threads (default: available cores)', wholeNumber(1))
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--dry-run', 'only say what would run and how long it would take')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
summary.csv is the whole surface, optimum.csv the best pair of each condition, how sure it is and how flat the surface.
"run --tuned <folder>/manifest.json --out <another folder>" runs the experiment with the pairs found.

Examples:
  approxifer tune configs/tune/lenet5.yaml
  approxifer figures results/runs/tune-lenet5`,
    )
    .action(async (name: string, flags: TuneFlags) => {
      process.exitCode = await tuneCommand(name, flags);
    });
}

async function tuneCommand(name: string, flags: TuneFlags): Promise<number> {
  const [{ readConfig }, { loadDrawable }, { tuneExperiment }, { defaultJobs }, { runSession }, { csvRecords }] =
    await Promise.all([
      import('../config/load.ts'),
      import('./experiment.ts'),
      import('../experiments/run.ts'),
      import('../experiments/stage.ts'),
      import('./session.ts'),
      import('../results/csv.ts'),
    ]);
  const seed = flags.seed === undefined ? [] : [`seed=${flags.seed}`];
  const document = readConfig(name, [...(flags.set ?? []), ...seed]);
  const config = loadDrawable(document);
  if (!config.schemes.some((entry) => entry.tune === true)) {
    throw new UserError(`${name}: no scheme has tune: true; write such as "- nercc: {tune: true}"`);
  }
  const jobs = flags.jobs ?? defaultJobs;
  if (flags.dryRun) {
    const { printDryRun } = await import('./dry-run.ts');
    await printDryRun(config, document, { jobs, trials: 0, tunes: true, json: flags.json ?? false });
    return exitCodes.done;
  }
  const out = flags.out ?? defaultOut(config.name);
  const work = (hooks: SessionHooks) => tuneExperiment(config, { ...hooks, out, folder: document.folder, jobs });
  const results = ({ failures, failureFiles }: RunFailures) => {
    const text = readFileSync(path.join(out, files.optimum), 'utf8');
    return flags.json ? jsonText({ out, failures, failureFiles, optimum: csvRecords(text) }) : text;
  };
  return runSession(document, out, work, { ...trialTexts, results }, jobs);
}
