import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import { environmentFailure } from '../util/machine-failure.ts';
import { disableTelemetry } from '../util/telemetry.ts';
import { visible } from '../util/text.ts';
import { outputWritten, say, watchOutput } from './print.ts';

/** Whose registration a command is; several commands may share one. In the order of the help. */
const commands: readonly (readonly [names: readonly string[], load: () => Promise<(program: Command) => void>])[] = [
  [['run'], async () => (await import('./run.ts')).registerRun],
  [['validate'], async () => (await import('./validate.ts')).registerValidate],
  [['tune'], async () => (await import('./tune.ts')).registerTune],
  [['advise'], async () => (await import('./advise.ts')).registerAdvise],
  [['bench-suite'], async () => (await import('./bench-suite.ts')).registerBenchSuite],
  [['merge'], async () => (await import('./merge.ts')).registerMerge],
  [['submit'], async () => (await import('./submit.ts')).registerSubmit],
  [['worker'], async () => (await import('./worker.ts')).registerWorker],
  [['queue'], async () => (await import('./queue.ts')).registerQueue],
  [['table'], async () => (await import('./table.ts')).registerTable],
  [['figures'], async () => (await import('./figures.ts')).registerFigures],
  [['report'], async () => (await import('./report.ts')).registerReport],
  [['check', 'diff', 'accept'], async () => (await import('./check.ts')).registerGate],
  [['datasets'], async () => (await import('./datasets.ts')).registerDatasets],
  [['models'], async () => (await import('./models.ts')).registerModels],
  [['model-server'], async () => (await import('./model-server.ts')).registerModelServer],
  [['serve'], async () => (await import('./serve.ts')).registerServe],
  [['codec-server'], async () => (await import('./codec-server.ts')).registerCodecServer],
  [['list'], async () => (await import('./list.ts')).registerList],
  [['inspect'], async () => (await import('./inspect.ts')).registerInspect],
  [['export', 'import-decoded'], async () => (await import('./export.ts')).registerExport],
  [['init'], async () => (await import('./init.ts')).registerInit],
  [['train'], async () => (await import('./train.ts')).registerTrain],
  [['slopes'], async () => (await import('./slopes.ts')).registerSlopes],
  [['store'], async () => (await import('./store.ts')).registerStore],
  [['doctor'], async () => (await import('./doctor.ts')).registerDoctor],
];

/**
 * The program with all its commands. Each action imports what it needs, so that `--help` is quick.
 * @param first the first word of the command line: where it names a command, no other is loaded
 */
export async function createProgram(first?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const program = new Command('approxifer')
    .description('Run, compare and check coded-inference schemes: one config in; CSVs, tables and figures out.')
    .version(version)
    .showHelpAfterError('(approxifer --help shows the commands)')
    .addHelpText(
      'after',
      `
Examples:
  approxifer run quickstart                      a first comparison, under a minute
  approxifer run configs/table1/lenet5.yaml      a table of a paper
  approxifer validate my.yaml                    a config, without running it
  approxifer inspect matrix --scheme bacc --K 8 --N 12 --what encode

Exit codes: 0 done, 1 a check or a cell failed, 2 wrong input, 70 the environment failed, 130 interrupted.`,
    );
  const own = commands.filter(([names]) => first !== undefined && names.includes(first));
  const registrations = await Promise.all((own.length > 0 ? own : commands).map(([, load]) => load()));
  for (const register of registrations) register(program);
  return program;
}

/** Runs the command line; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  disableTelemetry();
  watchOutput();
  const program = await createProgram(argv[2]);
  const strict = (command: Command) => {
    command.exitOverride();
    command.configureOutput({ outputError: (text, write) => write(visible(text)) });
    command.commands.forEach(strict);
  };
  strict(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
  try {
    await outputWritten();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Ends the program for an error that nothing caught. */
export function crash(error: unknown): never {
  process.exit(report(error));
}

/** Prints an error for people. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const known = hasExitCode(error) ? error : environmentFailure(error);
  const { message, stack } = Object(known ?? error) as { message?: unknown; stack?: unknown };
  say(`approxifer: ${message ?? error}`);
  if (process.env.DEBUG === 'approxifer') process.stderr.write(`${visible(String(stack))}\n`);
  else if (!known) say('This is a fault of approxifer; DEBUG=approxifer shows where.');
  return known?.exitCode ?? exitCodes.environment;
}

function hasExitCode(error: unknown): error is Error & { exitCode: number } {
  return error instanceof Error && typeof (error as Error & { exitCode?: unknown }).exitCode === 'number';
}
