import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { files } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { counted } from '../util/text.ts';
import { defaultOut, numberList } from './options.ts';
import { print, say } from './print.ts';

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
    .description(
      'write what the trials of a run came by as NumPy arrays: queries, coded points, answers, survivors, truth',
    )
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
      const trials = numberList(flags.trials ?? `0-${count - 1}`, {
        option: '--trials',
        one: 'trial',
        all: 'trials',
        count,
      });
      if (existsSync(flags.out) && readdirSync(flags.out).length > 0)
        throw new UserError(`${flags.out} is not empty; give --out a new folder`);
      mkdirSync(flags.out, { recursive: true });
      await replay.exportTo(flags.out, trials);
      say(`${counted(trials.length, 'trial')} in ${flags.out}`);
    });
  program
    .command('import-decoded')
    .description('join what a decoder of your own made of exported batches with the schemes of their run')
    .argument('<batches>', 'what export wrote')
    .argument('<decoded>', 'folder of cell<i>.npy: what was decoded from the answers that cell i received')
    .requiredOption('--label <name>', 'what the decoder is called in tables')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<label>)')
    .addHelpText(
      'after',
      `
The arrays are [trials, patterns, K, outputs]; save_decoded of the Python package writes them.

Example:
  approxifer import-decoded batches my-decoded --label MyScheme`,
    )
    .action(async (batches: string, decoded: string, { label, out }: { label: string; out?: string }) => {
      const [{ importDecoded }, { readRunText }] = await Promise.all([
        import('../kinds/inference/import-decoded.ts'),
        import('../results/run-files.ts'),
      ]);
      const folder = out ?? defaultOut(label.replace(/[^\w.-]+/g, '-'));
      importDecoded(batches, decoded, label, folder);
      print(readRunText(folder, files.tableMarkdown));
      say(`results in ${folder}`);
    });
}
