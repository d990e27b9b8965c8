import { type Command, Option } from 'commander';
import type { ConfigDocument } from '../config/load.ts';
import type { Kind, LoadedConfig } from '../kinds/kind.ts';
import { type Device, devices } from '../models/devices.ts';
import type { Manifest } from '../results/manifest.ts';
import type { Experiment } from '../runs/experiment.ts';
import type { QueueAddress } from '../runs/queue/connection.ts';
import type { RunOptions, RunOutcome } from '../runs/run.ts';
import { exitCodes, UserError } from '../util/errors.ts';
import { settleStore, userStore } from './answer-store.ts';
import { collect, defaultOut, jobsOption, optionOverride, queueOption, shardOption, wholeNumber } from './options.ts';
import { print, printJson } from './print.ts';
import { nextCommand, runTexts, type SessionHooks } from './session.ts';

export interface RunFlags {
  out?: string;
  trials?: number;
  seed?: number;
  until?: string;
  maxTrials?: number;
  jobs?: number;
  set?: string[];
  dryRun?: boolean;
  json?: boolean;
  shard?: { index: number; count: number };
  tuned?: string;
  store: boolean;
  device?: Device;
  allowExternal?: boolean;
  queue?: QueueAddress;
  unit?: number;
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run an experiment of any kind; a folder that holds a part of it is gone on with')
    .argument('<config>', 'a YAML file, or the name of a packaged config such as quickstart')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<name>)')
    .option('--trials <number>', 'instead of trials: of the config', wholeNumber(1))
    .option(
      '--until <quantities>',
      "end when these are precise enough, such as 'mse: 5%'; in place of until: of the config",
    )
    .option(
      '--max-trials <number>',
      'only with --until or until: of the config: the most trials; the same as trials: there',
      wholeNumber(1),
    )
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('-j, --jobs <number>', 'threads (default: the cores that this process was given)', jobsOption)
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option(
      '--shard <i/n>',
      'run only every n-th unit of work, from the i-th on; auto/n in a batch system; merge joins them',
      shardOption,
    )
    .addOption(
      queueOption('have the units computed by "approxifer worker", on as many machines as you like').conflicts([
        'shard',
        'jobs',
        'dryRun',
      ]),
    )
    .option(
      '--unit <number>',
      'with --queue: units that a worker takes at a time (default: about a second of work)',
      wholeNumber(1),
    )
    .option('--tuned <manifest.json>', 'take λ from an earlier run instead of tuning')
    .addOption(new Option('--device <name>', 'instead of device: of the config; default: cpu').choices(devices))
    .option('--no-store', 'compute every answer of the models again, and keep none')
    .option('--allow-external', 'let a config that is not your own start the programs of its external schemes')
    .option('--dry-run', 'only say what would run and how long it would take')
    .option('--json', 'with --dry-run: print JSON')
    .addHelpText(
      'after',
      `
Examples:
  approxifer run quickstart
  approxifer run configs/table1/lenet5.yaml --jobs 2
  approxifer run my.yaml --set K=10 --set 'stragglers=contiguous' --trials 500
  approxifer run big.yaml --dry-run
  approxifer run big.yaml --queue redis://host`,
    )
    .action(async (name: string, flags: RunFlags) => {
      process.exitCode = await runCommand(name, flags);
    });
}

async function runCommand(name: string, flags: RunFlags): Promise<number> {
  const [{ readConfig }, { checkCommands, loadConfig }, { defaultJobs }] = await Promise.all([
    import('../config/load.ts'),
    import('./load.ts'),
    import('../runs/run.ts'),
  ]);
  if (flags.json && !flags.dryRun) {
    throw new UserError('--json is for --dry-run; what a run finds is in its summary.csv and table.csv');
  }
  const { trials, seed, until, maxTrials, device } = flags;
  if (trials !== undefined && maxTrials !== undefined)
    throw new UserError('--trials and --max-trials are the same number; give one of them');
  const document = readConfig(name, [
    ...(flags.set ?? []),
    ...optionOverride('--until', 'until', until === undefined ? undefined : untilMap(until)),
    ...optionOverride('--max-trials', 'trials', maxTrials),
    ...optionOverride('--trials', 'trials', trials),
    ...optionOverride('--seed', 'seed', seed),
    ...optionOverride('--device', 'device', device),
  ]);
  if (maxTrials !== undefined && (document.data.until ?? undefined) === undefined)
    throw new UserError('--max-trials is for --until, or until: of the config; without them give --trials');
  const { kind, loaded } = await loadConfig(document);
  checkCommands(loaded, document, flags.allowExternal);
  if (flags.tuned !== undefined && kind.insteadOfTune) throw new UserError(`--tuned: ${kind.insteadOfTune}`);
  if (flags.unit !== undefined && !flags.queue) throw new UserError('--unit is for --queue');
  const jobs = flags.jobs ?? defaultJobs;
  if (flags.dryRun) return dryRun(loaded, document, { ...flags, jobs });
  return realRun(kind, loaded, document, { ...flags, jobs });
}

/**
 * `mse: 5%` as a map of YAML, with the braces that it may have already. YAML takes `mse:5%` for a key without a value: the blank that it
 * wants is put in.
 */
function untilMap(until: string): string {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(until)?.[1] ?? until;
  const spaced = inside.replace(/(^|,)(\s*[a-z]+):(?=\S)/g, '$1$2: ');
  return `{${spaced}}`;
}

async function realRun(
  kind: Kind,
  loaded: LoadedConfig,
  document: ConfigDocument,
  flags: RunFlags & { jobs: number },
): Promise<number> {
  const [{ carryOut }, { runSession }] = await Promise.all([import('../runs/run.ts'), import('./session.ts')]);
  const out = flags.out ?? defaultOut(loaded.name);
  const { shard, jobs } = flags;
  const work = async (hooks: SessionHooks) => {
    for (const warning of loaded.outline().warnings) hooks.onNotice(`warning: ${warning}`);
    const store = flags.store ? userStore() : undefined;
    const experiment = loaded.experiment({ ...document, tuned: flags.tuned, store });
    const options = { ...hooks, out, jobs, shard };
    const outcome = flags.queue
      ? await byQueue(flags.queue, experiment, document, flags.unit, options)
      : await carryOut(experiment, options);
    await settleStore(store, outcome, hooks.onNotice);
    return outcome;
  };
  const results = () => (shard ? '' : kind.resultText(out));
  return runSession(
    document,
    out,
    work,
    { ...runTexts, results, next: shard ? undefined : nextCommand(out) },
    flags.queue ? 1 : jobs,
  );
}

/** A run whose units are computed by workers of a queue. @throws UserError when they cannot be shared out */
async function byQueue(
  address: QueueAddress,
  experiment: Experiment<unknown>,
  { data, written, folder }: ConfigDocument,
  unitsAJob: number | undefined,
  options: RunOptions & SessionHooks,
): Promise<RunOutcome> {
  const { name, undivided } = experiment;
  if (undivided !== undefined) throw new UserError(`--queue: ${undivided}`);
  const [{ withConnection }, { queueExecutor }, { filesOf }, { carryOut }] = await Promise.all([
    import('../runs/queue/connection.ts'),
    import('../runs/queue/coordinator.ts'),
    import('./queue-files.ts'),
    import('../runs/run.ts'),
  ]);
  const { onNotice } = options;
  // first of all: nobody waits for models and data to hear that there is no Redis
  return withConnection(address, onNotice, async (connection) => {
    const offer = { written, folder, files: await filesOf(data, folder) };
    const executor = (identity: Manifest) =>
      queueExecutor(connection, { offer, unitsAJob, onNotice, identity, experiment: name });
    return carryOut(experiment, { ...options, executor });
  });
}

/** `run --dry-run`: says what would run and how long it would take. */
export async function dryRun(
  loaded: LoadedConfig,
  document: ConfigDocument,
  flags: Pick<RunFlags, 'shard' | 'tuned' | 'json'> & { jobs: number; searchOnly?: boolean },
): Promise<number> {
  const { shard, tuned, jobs, searchOnly = false } = flags;
  try {
    const { lines, json } = await loaded.estimate({ ...document, shard, tuned, jobs, searchOnly });
    if (flags.json) printJson(json);
    else {
      const width = Math.max(15, ...lines.map(([label]) => label.length + 2));
      print(lines.map(([label, value]) => `${label.padEnd(width)}${value}\n`).join(''));
    }
    return exitCodes.done;
  } catch (error) {
    throw document.located(error);
  }
}
