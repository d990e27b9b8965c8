import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../util/errors.ts';
import { environmentFailure } from '../util/machine-failure.ts';
import { disableTelemetry } from '../util/telemetry.ts';
import { visible } from '../util/text.ts';
import { registerAdvise } from './advise.ts';
import { registerBenchSuite } from './bench-suite.ts';
import { registerGate } from './check.ts';
import { registerCodecServer } from './codec-server.ts';
import { registerDatasets } from './datasets.ts';
import { registerDoctor } from './doctor.ts';
import { registerExport } from './export.ts';
import { registerFigures } from './figures.ts';
import { registerInit } from './init.ts';
import { registerInspect } from './inspect.ts';
import { registerList } from './list.ts';
import { registerMerge } from './merge.ts';
import { registerModelServer } from './model-server.ts';
import { registerModels } from './models.ts';
import { outputWritten, say, watchOutput } from './print.ts';
import { registerQueue } from './queue.ts';
import { registerReport } from './report.ts';
import { registerRun } from './run.ts';
import { registerServe } from './serve.ts';
import { registerSlopes } from './slopes.ts';
import { registerStore } from './store.ts';
import { registerSubmit } from './submit.ts';
import { registerTable } from './table.ts';
import { registerTrain } from './train.ts';
import { registerTune } from './tune.ts';
import { registerValidate } from './validate.ts';
import { registerWorker } from './worker.ts';

/** The program with all its commands. Each action imports what it needs, so that `--help` is quick. */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
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
  registerRun(program);
  registerValidate(program);
  registerTune(program);
  registerAdvise(program);
  registerBenchSuite(program);
  registerMerge(program);
  registerSubmit(program);
  registerWorker(program);
  registerQueue(program);
  registerTable(program);
  registerFigures(program);
  registerReport(program);
  registerGate(program);
  registerDatasets(program);
  registerModels(program);
  registerModelServer(program);
  registerServe(program);
  registerCodecServer(program);
  registerList(program);
  registerInspect(program);
  registerExport(program);
  registerInit(program);
  registerTrain(program);
  registerSlopes(program);
  registerStore(program);
  registerDoctor(program);
  return program;
}

/** Runs the command line; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  disableTelemetry();
  watchOutput();
  const program = createProgram();
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
