import type { Command } from 'commander';
import { print, printJson, say } from './print.ts';

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('write the report page of a run: one file with verdict, cells, comparisons, figures, config')
    .argument('<run>', 'folder of a run')
    .argument('[other]', 'a second run, laid over the first')
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
The page is report.html in the folder of the first run. It needs no server and asks for nothing.

Examples:
  approxifer report results/runs/quickstart
  approxifer report results/runs/quickstart results/reference/quickstart`,
    )
    .action(async (run: string, other: string | undefined, flags: { json?: boolean }) => {
      const { drawRun } = await import('./draw.ts');
      const [file] = await drawRun(run, new Set(['html']), { beside: other, say });
      if (flags.json) printJson(file);
      else print(`${file}\n`);
    });
}
