import type { Command } from 'commander';
import type { TrialView } from '../tables/trial.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { numberList } from './options.ts';
import { print, printJson, say } from './print.ts';

interface ReportFlags {
  readonly trials?: string;
  readonly folder: string;
  readonly allowExternal?: boolean;
  readonly json?: boolean;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('write the report page of a run: one file with verdict, cells, comparisons, trials, figures, config')
    .argument('<run>', 'folder of a run')
    .argument('[other]', 'a second run, laid over the first: its folder, or a name of "approxifer list references"')
    .option(
      '--trials <list>',
      'trials that the page shows one by one, such as 0-99 (default: those that failed, then the first ones, for five seconds)',
    )
    .option('--folder <folder>', 'folder that relative paths of the config start from', '.')
    .option('--allow-external', 'let the run start the programs of its external schemes')
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
The page is report.html in the folder of the first run. It needs no server and asks for nothing.
The trials are computed again, as inspect trial does; all else is from the files of the run.

Examples:
  approxifer report results/runs/quickstart
  approxifer report results/runs/quickstart --trials 0-19
  approxifer report results/runs/quickstart quickstart`,
    )
    .action(async (run: string, other: string | undefined, flags: ReportFlags) => {
      const [{ drawRun }, { settledReference }] = await Promise.all([import('./draw.ts'), import('../gate/accept.ts')]);
      const beside = other === undefined ? undefined : settledReference(other, run);
      const views = await viewsOf(run, flags);
      const [file] = await drawRun(run, new Set(['html']), { beside, views, say });
      if (flags.json) printJson(file);
      else print(`${file}\n`);
    });
}

/**
 * The trials to show, computed again.
 * @throws UserError or EnvironmentError when those that were asked for cannot be; without being asked the page does without
 */
async function viewsOf(run: string, flags: ReportFlags): Promise<readonly TrialView[]> {
  const [{ replayOf }, { readManifest }] = await Promise.all([import('./load.ts'), import('../results/read.ts')]);
  const { trials: count, config } = readManifest(run);
  if (flags.trials !== undefined) {
    const numbered = { option: '--trials', one: 'trial', all: 'trials', count };
    return (await replayOf(run, flags)).replay.view(numberList(flags.trials, numbered));
  }
  if ((config.kind ?? 'inference') !== 'inference') return [];
  try {
    const { replay } = await replayOf(run, flags);
    return await replay.view(await firstTrials(run, count), mostSeconds);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof EnvironmentError)) throw error;
    say(`the page shows no single trials: ${error.message}`);
    return [];
  }
}

/** Trials that were not asked for take no longer, and are no more. */
const mostSeconds = 5;
const mostTrials = 300;

/** Trials that failed, then the first ones. */
async function firstTrials(run: string, count: number): Promise<number[]> {
  const [{ hasFile }, { readFailures }, { files }] = await Promise.all([
    import('../results/run-files.ts'),
    import('../results/read.ts'),
    import('../results/schema.ts'),
  ]);
  const failed = hasFile(run, files.failures) ? readFailures(run).map(({ trial }) => trial) : [];
  const first = Array.from({ length: Math.min(count, mostTrials) }, (_, trial) => trial);
  return [...new Set([...failed, ...first])].slice(0, mostTrials);
}
