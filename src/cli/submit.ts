import { spawnSync } from 'node:child_process';
import { type Command, Option } from 'commander';
import { EnvironmentError, UserError } from '../util/errors.ts';
import type { BatchRun } from './batch-scripts.ts';
import { collect, defaultOut, wholeNumber } from './options.ts';
import { print } from './print.ts';

interface SubmitFlags {
  slurm?: number;
  kubernetes?: number;
  image?: string;
  claim?: string;
  out?: string;
  trials?: number;
  seed?: number;
  set?: string[];
  tuned?: string;
  dryRun?: boolean;
}

export function registerSubmit(program: Command): void {
  const parts = wholeNumber(1);
  program
    .command('submit')
    .description('run an experiment in parts on a batch system, and merge them')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .argument('[options...]', 'after --: options of sbatch, such as --time=4:00:00 --cpus-per-task=4')
    .addOption(
      new Option('--slurm <parts>', 'submit an array of this many parts, and a job that merges them')
        .argParser(parts)
        .conflicts('kubernetes'),
    )
    .option('--kubernetes <parts>', 'print an indexed Job of this many parts and a Job that merges them', parts)
    .option('--image <name>', 'with --kubernetes: a container image that has approxifer')
    .option('--claim <name>', 'with --kubernetes: the volume claim that config, data and results are on')
    .option(
      '-o, --out <folder>',
      'folder of the merged result (default: results/runs/<name>); the parts are in <folder>-parts',
    )
    .option('--trials <number>', 'instead of trials: of the config', wholeNumber(1))
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--tuned <manifest.json>', 'take λ from an earlier run instead of tuning')
    .option('--dry-run', 'only print the script')
    .addHelpText(
      'after',
      `
Each part takes up where it was when it is killed, or told to end before a time limit: it puts itself back in the queue.

Examples:
  approxifer submit big.yaml --slurm 8 --dry-run
  approxifer submit big.yaml --slurm 8 -- --partition=long --time=4:00:00 --cpus-per-task=4
  approxifer submit big.yaml --kubernetes 8 --image registry.example/approxifer --claim work | kubectl apply -f -`,
    )
    .action(submitCommand);
}

async function submitCommand(name: string, options: string[], flags: SubmitFlags): Promise<void> {
  const { slurm, kubernetes } = flags;
  const count = slurm ?? kubernetes;
  if (count === undefined) throw new UserError('where to? --slurm 8 or --kubernetes 8');
  const run = await batchRun(name, count, flags);
  const { kubernetesJobs, slurmScript } = await import('./batch-scripts.ts');
  if (kubernetes !== undefined) {
    if (options.length > 0) throw new UserError(`${options[0]}: options after -- are for sbatch`);
    const { image, claim } = flags;
    if (!image || !claim) throw new UserError('--kubernetes needs --image and --claim: what the pods run, and where');
    return print(kubernetesJobs(run, { image, claim }));
  }
  const script = slurmScript(run, options);
  if (flags.dryRun) print(script);
  else submit(script);
}

/** What is to run. @throws UserError when the config cannot be run in parts, or not at all */
async function batchRun(name: string, count: number, flags: SubmitFlags): Promise<BatchRun> {
  const [{ readConfig }, { loadConfig }] = await Promise.all([import('../config/load.ts'), import('./load.ts')]);
  const { trials, seed, tuned, set = [] } = flags;
  const overrides = [
    ...set,
    ...(trials === undefined ? [] : [`trials=${trials}`]),
    ...(seed === undefined ? [] : [`seed=${seed}`]),
  ];
  const document = readConfig(name, overrides);
  const { loaded } = await loadConfig(document);
  const { undivided } = loaded.experiment({ ...document, tuned });
  if (undivided !== undefined) throw new UserError(`${name}: ${undivided}`);
  const words = [name, ...overrides.flatMap((override) => ['--set', override])];
  if (tuned !== undefined) words.push('--tuned', tuned);
  return { name: loaded.name, words, count, out: flags.out ?? defaultOut(loaded.name) };
}

/** Runs the script. @throws EnvironmentError when Slurm does not take the jobs */
function submit(script: string): void {
  const { error, status, stdout, stderr } = spawnSync('bash', { input: script, encoding: 'utf8' });
  if (!error && status === 0) {
    print(stdout);
    return;
  }
  const why = stderr?.trim().split('\n').at(-1) ?? error?.message;
  throw new EnvironmentError(`Slurm did not take the jobs: ${why}; --dry-run prints the script`);
}
