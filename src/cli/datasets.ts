import type { Command } from 'commander';
import type { DatasetEntry } from '../datasets/registry.ts';
import { downloadReport, print, printJson, printTable, warnOfDataFolder } from './print.ts';

/** `approxifer datasets list | pull | verify`. */
export function registerDatasets(program: Command): void {
  const command = program.command('datasets').description('the data sets that a config can name');

  command
    .command('list')
    .description('what is known, what is here, and how many images')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer datasets list')
    .action(async (options: { json?: boolean }) => {
      const { datasets } = await import('../datasets/registry.ts');
      await warnOfDataFolder();
      const rows = [];
      for (const entry of datasets.entries) {
        const path = entry.locate({}) ?? null;
        const { name, length: images, summary: description } = entry;
        rows.push({ name, images, path, state: path ? await stateOf(entry) : 'not here', description });
      }
      if (options.json) return printJson(rows);
      printTable(
        ['name', 'images', 'state', 'folder', 'description'],
        rows.map((row) => [row.name, `${row.images}`, row.state, row.path ?? '', row.description]),
      );
    });

  command
    .command('pull')
    .description('get data sets from their public sources and verify them')
    .argument('<names...>', 'registry names')
    .addHelpText('after', '\nExample:\n  approxifer datasets pull cifar10')
    .action(async (names: string[]) => {
      const { datasets } = await import('../datasets/registry.ts');
      const { downloadFolder } = await import('../util/folders.ts');
      for (const entry of names.map(datasets.get)) {
        const done = await entry.pull?.(downloadFolder(), downloadReport(entry.name));
        print(`${done ?? `${entry.name}: comes with this package, nothing to get`}\n`);
      }
    });

  command
    .command('verify')
    .description('check the files of data sets that are here')
    .argument('[names...]', 'registry names (default: all that are here)')
    .addHelpText('after', '\nExample:\n  approxifer datasets verify cifar10')
    .action(async (names: string[]) => {
      const { datasets } = await import('../datasets/registry.ts');
      await warnOfDataFolder();
      const entries = names.length > 0 ? names.map(datasets.get) : datasets.entries.filter((entry) => entry.locate({}));
      for (const entry of entries) print(`${entry.name}: ${await entry.verify({})}\n`);
    });
}

/** Whether a data set that is here is what was published. */
async function stateOf(entry: DatasetEntry): Promise<string> {
  if (!entry.published) return 'no published digest';
  return entry.verify({}).then(
    () => 'verified',
    (error: Error) => error.message,
  );
}
