import type { Command } from 'commander';
import { trialParts } from '../tables/trial.ts';
import { UserError } from '../util/errors.ts';
import { alignedText, print, printJson } from './print.ts';

/** `approxifer inspect trial`. */
export function registerTrial(inspect: Command): void {
  inspect
    .command('trial')
    .description('what happened in a trial of a run: queries, survivors, liars, and what each scheme decoded')
    .argument('<run>', 'folder of a run')
    .argument('<trial>', 'its number, from 0 on')
    .option('--folder <folder>', 'folder that relative paths of the config start from', '.')
    .option('--allow-external', 'let the run start the programs of its external schemes')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The trial is computed again from config and seed; model and data must be those of the run.
A decoded class that is not the model's is marked *; behind it stands the squared error of the output.

Examples:
  approxifer inspect trial results/runs/quickstart 17
  approxifer inspect trial results/runs/quickstart 17 --json`,
    )
    .action(async (run: string, text: string, flags: { folder: string; allowExternal?: boolean; json?: boolean }) => {
      const { replayOf } = await import('./load.ts');
      const trial = Number(text);
      const { replay, manifest } = await replayOf(run, flags);
      if (!/^\d+$/.test(text) || trial >= manifest.trials)
        throw new UserError(`${run} has no trial ${text}; its trials are 0 to ${manifest.trials - 1}`);
      const [view] = await replay.view([trial]);
      if (flags.json) printJson(view);
      else
        print(
          trialParts(view!)
            .map(({ title, workers, header, rows }) => [title, ...workers, alignedText(header, rows)].join('\n'))
            .join('\n'),
        );
    });
}
