import { type Command, Option } from 'commander';

interface TableFlags {
  format: 'markdown' | 'csv' | 'latex';
  withPublished?: boolean;
}

export function registerTable(program: Command): void {
  program
    .command('table')
    .description('print the table of a run, or of several runs with their models side by side')
    .argument('<run...>', 'folders of runs')
    .addOption(new Option('--format <format>', 'layout').choices(['markdown', 'csv', 'latex']).default('markdown'))
    .option('--with-published', 'print published numbers with their source under ours')
    .addHelpText(
      'after',
      `
Examples:
  approxifer table results/runs/quickstart
  approxifer table results/runs/table1-* --format latex --with-published`,
    )
    .action(async (folders: string[], flags: TableFlags) => {
      const [{ readManifest, readSummary }, { tableOptions }, { paperTable }, { renderTable }, { readPublished }] =
        await Promise.all([
          import('../results/read.ts'),
          import('../results/manifest.ts'),
          import('../results/table.ts'),
          import('../results/table-render.ts'),
          import('../results/published.ts'),
        ]);
      const rows = folders.flatMap((folder) => readSummary(folder));
      const table = paperTable(rows, {
        ...tableOptions(...folders.map((folder) => readManifest(folder))),
        ...(flags.withPublished && { published: readPublished() }),
      });
      process.stdout.write(renderTable(table, flags.format));
    });
}
