import type { Command } from 'commander';
import { print, printJson, say } from './print.ts';

interface TableFlags {
  format: string;
  withPublished?: boolean;
  json?: boolean;
}

export function registerTable(program: Command): void {
  program
    .command('table')
    .description('print the table of a run, or of several runs with their models side by side')
    .argument('<run...>', 'folders of runs')
    .option('--format <format>', 'layout: markdown, or another of "approxifer list formats"', 'markdown')
    .option('--with-published', 'print published numbers with their source under ours')
    .option('--json', 'print the table as JSON, with all digits')
    .addHelpText(
      'after',
      `
Examples:
  approxifer table results/runs/quickstart
  approxifer table results/runs/table1-* --format latex --with-published`,
    )
    .action(async (folders: string[], flags: TableFlags) => {
      const [{ readResults }, { tableOptions }, { joinRuns, paperTable }, { tableFormats }, { readPublished }] =
        await Promise.all([
          import('../results/read.ts'),
          import('../results/manifest.ts'),
          import('../tables/table.ts'),
          import('../tables/formats.ts'),
          import('../tables/published.ts'),
        ]);
      const format = tableFormats.get(flags.format);
      const runs = folders.map((folder) => ({ folder, ...readResults(folder) }));
      for (const { changed } of runs) if (changed) say(changed);
      const table = paperTable(joinRuns(runs), {
        ...tableOptions(...runs.map(({ manifest }) => manifest)),
        ...(flags.withPublished && { published: readPublished() }),
      });
      if (flags.json) printJson(table);
      else print(format.render(table));
    });
}
