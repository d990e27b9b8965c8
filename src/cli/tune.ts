import { type Command, Option } from 'commander';
import { type Device, devices } from '../models/devices.ts';
import type { csvRecords } from '../results/csv.ts';
import { files } from '../results/schema.ts';
import type { RunFailures } from '../runs/failures.ts';
import { lambdaText } from '../tables/keys.ts';
import { UserError } from '../util/errors.ts';
import { settleStore, userStore } from './answer-store.ts';
import { collect, defaultOut, jobsOption, optionOverride, wholeNumber } from './options.ts';
import { alignedText, jsonText } from './print.ts';
import { runTexts, type SessionHooks } from './session.ts';

interface TuneFlags {
  out?: string;
  seed?: number;
  jobs?: number;
  set?: string[];
  dryRun?: boolean;
  json?: boolean;
  store: boolean;
  device?: Device;
  allowExternal?: boolean;
}

export function registerTune(program: Command): void {
  program
    .command('tune')
    .description('search λ for the schemes with tune: true: a grid over λ_enc x λ_dec, then finer around the best pair')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<name>)')
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('-j, --jobs <number>', 'threads (default: the cores that this process was given)', jobsOption)
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .addOption(new Option('--device <name>', 'instead of device: of the config; default: cpu').choices(devices))
    .option('--no-store', 'compute every answer of the models again, and keep none')
    .option('--allow-external', 'let a config that is not your own start the programs of its external schemes')
    .option('--dry-run', 'only say what would run and how long it would take')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
summary.csv is the whole surface, optimum.csv the best pair of each condition, how sure it is and how flat the surface; figures/ has
the heat map.
"run --tuned <folder>/manifest.json --out <another folder>" runs the experiment with the pairs found.

Examples:
  approxifer tune configs/tune/lenet5.yaml
  approxifer tune configs/tune/vit-tiny.yaml --dry-run`,
    )
    .action(async (name: string, flags: TuneFlags) => {
      process.exitCode = await tuneCommand(name, flags);
    });
}

async function tuneCommand(name: string, flags: TuneFlags): Promise<number> {
  const [
    { readConfig },
    { checkCommands, loadConfig },
    { carryOut, defaultJobs },
    { runSession },
    { csvRecords },
    { readRunText },
    { drawRun },
  ] = await Promise.all([
    import('../config/load.ts'),
    import('./load.ts'),
    import('../runs/run.ts'),
    import('./session.ts'),
    import('../results/csv.ts'),
    import('../results/run-files.ts'),
    import('./draw.ts'),
  ]);
  const document = readConfig(name, [
    ...(flags.set ?? []),
    ...optionOverride('--seed', 'seed', flags.seed),
    ...optionOverride('--device', 'device', flags.device),
  ]);
  const { kind, loaded } = await loadConfig(document);
  checkCommands(loaded, document, flags.allowExternal);
  if (kind.insteadOfTune) throw new UserError(`${name}: ${kind.insteadOfTune}`);
  const { search } = loaded;
  if (!search) throw new UserError(`${name}: no scheme has tune: true; write such as "- nercc: {tune: true}"`);
  const jobs = flags.jobs ?? defaultJobs;
  if (flags.dryRun) {
    const { dryRun } = await import('./run.ts');
    return dryRun(loaded, document, { jobs, searchOnly: true, json: flags.json ?? false });
  }
  const out = flags.out ?? defaultOut(loaded.name);
  const work = async (hooks: SessionHooks) => {
    const store = flags.store ? userStore() : undefined;
    const outcome = await carryOut(search({ ...document, store }), { ...hooks, out, jobs });
    await settleStore(store, outcome, hooks.onNotice);
    if (outcome.complete) await drawRun(out, new Set(['svg', 'png']));
    return outcome;
  };
  const results = ({ failures, failureFiles }: RunFailures) => {
    const optimum = csvRecords(readRunText(out, files.optimum));
    return flags.json ? jsonText({ out, failures, failureFiles, optimum }) : optimumText(optimum);
  };
  return runSession(document, out, work, { ...runTexts, results }, jobs);
}

/** The rows of `optimum.csv` for people: numbers short, ranges in one column. */
function optimumText(rows: ReturnType<typeof csvRecords>): string {
  type Row = (typeof rows)[number];
  const keys = ['scheme', 'K', 'N', 'S'];
  const number = (value: Row[string] | undefined) =>
    typeof value === 'number' ? String(Number(value.toPrecision(4))) : (value ?? '–');
  const lambda = (value: Row[string] | undefined) => (typeof value === 'number' ? lambdaText(value) : '–');
  const range = (row: Row, name: string) => `${lambda(row[`${name}_low`])} to ${lambda(row[`${name}_high`])}`;
  return alignedText(
    [
      ...keys,
      'λ_enc',
      'λ_dec',
      String(rows[0]?.metric ?? 'metric'),
      'as good: λ_enc',
      'as good: λ_dec',
      'of all pairs',
      'gain over λ = 0 (95 %)',
    ],
    rows.map((row) => [
      ...keys.map((key) => number(row[key])),
      lambda(row.lambda_enc),
      lambda(row.lambda_dec),
      `${number(row.mean)} ± ${number(row.sem)}`,
      range(row, 'lambda_enc'),
      range(row, 'lambda_dec'),
      `${Math.round(100 * Number(row.flat_share))} %`,
      `${number(row.gain_over_zero)} [${number(row.gain_low)}, ${number(row.gain_high)}]`,
    ]),
  );
}
