import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../util/errors.ts';
import { numberList } from './options.ts';
import { say } from './print.ts';

interface ExportFlags {
  trials?: string;
  out: string;
  folder: string;
  allowExternal?: boolean;
}

/** `approxifer export` and `approxifer import-decoded`. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write what the trials of a run came by as NumPy arrays: queries, coded points, answers, survivors, truth')
    .argument('<run>', 'folder of a run')
    .requiredOption('-o, --out <folder>', 'folder of the arrays; it must be empty or new')
    .option('--trials <list>', 'which trials, such as 0-99 (default: all)')
    .option('--folder <folder>', 'folder that relative paths of the config start from', '.')
    .option('--allow-external', 'let the run start the programs of its external schemes')
    .addHelpText(
      'after',
      `
index.json says what is where; approxifer.load_batches of the Python package reads it.

Example:
  approxifer export results/runs/quickstart --trials 0-99 --out batches`,
    )
    .action(async (run: string, flags: ExportFlags) => {
      const { replayOf } = await import('./load.ts');
      const { replay, manifest } = await replayOf(run, flags);
      const { trials: count } = manifest;
      const trials = numberList(flags.trials ?? `0-${count - 1}`, { option: '--trials', one: 'trial', all: 'trials', count });
      if (existsSync(flags.out) && readdirSync(flags.out).length > 0)
        throw new UserError(`${flags.out} is not empty; give --out a new folder`);
      mkdirSync(flags.out, { recursive: true });
      await replay.exportTo(flags.out, trials);
      say(`${trials.length} trials in ${flags.out}`);
    });
}
