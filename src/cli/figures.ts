import { type Command, InvalidArgumentError } from 'commander';
import { collect } from './options.ts';
import { print, printJson, say } from './print.ts';

const formats = ['svg', 'png', 'html'] as const;
type Format = (typeof formats)[number];

export function registerFigures(program: Command): void {
  program
    .command('figures')
    .description('draw the figures and the report page of a run, from its files alone')
    .argument('<run...>', 'folders of runs')
    .option('--format <list>', 'which of svg, png and html, separated by commas (default: all)', parseFormats)
    .option(
      '--target <metric=value>',
      'what the report finds the fewest workers for, in a run that sweeps N; may be repeated (default: relacc=0.99)',
      collect,
    )
    .option('--json', 'print the list of files as JSON')
    .addHelpText(
      'after',
      `
Which figures: those of figures: in the config, such as [{x: S, y: mse, by: scheme, facet: N}]; else the ones the sweep suggests.

Examples:
  approxifer figures results/runs/quickstart
  approxifer figures results/runs/quickstart --format html
  approxifer figures results/runs/frontier-workers-lenet5 --target relacc=0.999 --target mse=10`,
    )
    .action(async (folders: string[], flags: { format?: ReadonlySet<Format>; target?: string[]; json?: boolean }) => {
      const [{ drawRun }, { parseTarget }] = await Promise.all([import('./draw.ts'), import('../tables/recommend.ts')]);
      const targets = flags.target?.map(parseTarget);
      const written: string[] = [];
      for (const folder of folders) {
        const tell = (message: string) => say(`${folder}: ${message}`);
        const drawn = await drawRun(folder, flags.format ?? new Set(formats), targets, tell);
        if (!flags.json) for (const file of drawn) print(`${file}\n`);
        written.push(...drawn);
      }
      if (flags.json) printJson(written);
    });
}

function parseFormats(text: string): ReadonlySet<Format> {
  const chosen = text.split(',').map((part) => part.trim());
  const wrong = chosen.find((part) => !formats.includes(part as Format));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${formats.join(', ')}.`);
  return new Set(chosen as Format[]);
}
