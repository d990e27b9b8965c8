import { type Command, InvalidArgumentError, Option } from 'commander';
import { type MeasuredName, measuredNames } from '../metrics/measured.ts';
import { UserError } from '../util/errors.ts';
import { printJson, say } from './print.ts';
import { printTables } from './terminal.ts';

interface TableFlags {
  format: string;
  withPublished?: boolean;
  metrics?: MeasuredName[];
  caption?: string;
  label?: string;
  best?: 'bold';
  paired?: boolean;
  reference?: string;
  json?: boolean;
}

export function registerTable(program: Command): void {
  program
    .command('table')
    .description('print the table of a run, or of several runs with their models side by side')
    .argument('<run...>', 'folders of runs')
    .option('--format <format>', 'layout: markdown, or another of "approxifer list formats"', 'markdown')
    .option('--with-published', 'print published numbers with their source under ours')
    .option('--metrics <list>', 'which metrics, in this order, such as mse,relacc', parseMetrics)
    .option('--caption <text>', 'instead of our own; for LaTeX it is LaTeX')
    .option('--label <label>', 'for LaTeX: what \\ref names, such as tab:lenet5')
    .addOption(new Option('--best <mark>', 'mark the best of each condition and metric').choices(['bold']))
    .option('--paired', 'print the differences to one scheme, over the same trials, with their 95 % intervals')
    .option('--reference <scheme>', 'with --paired: that scheme (default: the first)')
    .option('--json', 'print the table as JSON, with all digits')
    .addHelpText(
      'after',
      `
Examples:
  approxifer table results/runs/quickstart
  approxifer table results/runs/quickstart --paired --reference NeRCC0
  approxifer table results/runs/table1-* --format latex --with-published
  approxifer table results/runs/table1-lenet5 --format latex --metrics mse,relacc --best bold --label tab:lenet5`,
    )
    .action(async (folders: string[], flags: TableFlags) => {
      if (flags.reference !== undefined && !flags.paired) throw new UserError('--reference is for --paired');
      if (flags.paired) return printPaired(folders, flags);
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
        ...(flags.metrics && { metrics: flags.metrics }),
        ...(flags.withPublished && { published: readPublished() }),
      });
      if (flags.json) printJson(table);
      else printTables(format.render(table, flags));
    });
}

async function printPaired(folders: readonly string[], { reference, json }: TableFlags): Promise<void> {
  const [{ pairedOfRun, pairedText }, { damageOf, readResults }] = await Promise.all([
    import('../tables/paired.ts'),
    import('../results/read.ts'),
  ]);
  if (folders.length > 1) throw new UserError('--paired takes one run: differences are over the same trials');
  const { manifest, changed } = readResults(folders[0]!);
  const damage = changed ?? damageOf(folders[0]!, manifest);
  if (damage) say(damage);
  const lines = pairedOfRun(folders[0]!, reference);
  if (lines.length === 0)
    throw new UserError(`${folders[0]}: has no paired differences: no paired.csv, or one scheme only`);
  if (json) printJson(lines);
  else printTables(pairedText(lines, folders[0]!, Number.POSITIVE_INFINITY));
}

function parseMetrics(text: string): MeasuredName[] {
  return text.split(',').map((part) => {
    const found = measuredNames.find((name) => name === part.trim());
    if (found) return found;
    throw new InvalidArgumentError(`"${part.trim()}" is no metric; metrics: ${measuredNames.join(', ')}.`);
  });
}
