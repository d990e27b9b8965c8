import type { Command } from 'commander';
import type { TrialView } from '../tables/trial.ts';
import { UserError } from '../util/errors.ts';
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
    .argument('[other]', 'a second run, laid over the first')
    .option(
      '--trials <list>',
      'trials that the page shows one by one, such as 0-99 (default: those that failed, then the first ones: as many as the run did in ten seconds)',
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
  approxifer report results/runs/quickstart results/reference/quickstart`,
    )
    .action(async (run: string, other: string | undefined, flags: ReportFlags) => {
      const { drawRun } = await import('./draw.ts');
      const views = await viewsOf(run, flags);
      const [file] = await drawRun(run, new Set(['html']), { beside: other, views, say });
      if (flags.json) printJson(file);
      else print(`${file}\n`);
    });
}

/**
 * The trials to show, computed again.
 * @throws UserError when those that were asked for cannot be; without being asked the page does without
 */
async function viewsOf(run: string, flags: ReportFlags): Promise<readonly TrialView[]> {
  const { replayOf } = await import('./load.ts');
  try {
    const { replay, manifest } = await replayOf(run, flags);
    const { trials: count } = manifest;
    const numbered = { option: '--trials', one: 'trial', all: 'trials', count };
    const trials = flags.trials === undefined ? await quickTrials(run, manifest) : numberList(flags.trials, numbered);
    return trials.length === 0 ? [] : await replay.view(trials);
  } catch (error) {
    if (flags.trials !== undefined || !(error instanceof UserError)) throw error;
    say(`the page shows no single trials: ${error.message}`);
    return [];
  }
}

/** Seconds of the run whose trials are computed again without being asked for. */
const mostSeconds = 10;

/** Trials that failed, then the first ones: none where nobody knows how long they took. */
async function quickTrials(
  run: string,
  { trials, times }: { readonly trials: number; readonly times?: Readonly<Record<string, unknown>> },
): Promise<number[]> {
  const [{ readFailures }, { hasFile }] = await Promise.all([
    import('../results/read.ts'),
    import('../results/run-files.ts'),
  ]);
  const { files } = await import('../results/schema.ts');
  const seconds = (Date.parse(String(times?.finished)) - Date.parse(String(times?.started))) / 1000;
  if (!(seconds >= 0)) return [];
  const failed = hasFile(run, files.failures) ? readFailures(run).map(({ trial }) => trial) : [];
  const all = new Set([...failed, ...Array.from({ length: trials }, (_, trial) => trial)]);
  return [...all].slice(0, Math.floor(trials * Math.min(1, mostSeconds / seconds)));
}
