import { type Command, InvalidArgumentError } from 'commander';
import { type FormatName, figureFormats, formatNames } from '../figures/render/formats.ts';
import { collect } from './options.ts';
import { print, printJson, say } from './print.ts';

/** PDF is for papers: it is written when asked for. */
const defaults: readonly FormatName[] = ['svg', 'png', 'html'];

interface Flags {
  readonly format?: ReadonlySet<FormatName>;
  readonly width?: string;
  readonly target?: string[];
  readonly json?: boolean;
}

export function registerFigures(program: Command): void {
  program
    .command('figures')
    .description('draw the figures and the report page of a run, from its files alone')
    .argument('<run...>', 'folders of runs')
    .option(
      '--format <list>',
      `which of ${formatNames.join(', ')}, separated by commas (default: ${defaults.join(',')})`,
      parseFormats,
    )
    .option(
      '--width <length>',
      'for a paper: as wide as its column, such as 3.25in, 84mm or 240pt; text of 7 pt, no title',
    )
    .option(
      '--target <metric=value>',
      'what the report finds the fewest workers for, in a run that sweeps N; may be repeated (default: relacc=0.99)',
      collect,
    )
    .option('--json', 'print the list of files as JSON')
    .addHelpText(
      'after',
      `
Formats:
${[...figureFormats, { name: 'html', summary: 'the report page, without the single trials that "approxifer report" computes again' }].map(({ name, summary }) => `  ${name.padEnd(6)}${summary}`).join('\n')}

Which figures: those of figures: in the config, such as [{x: S, y: mse, by: scheme, facet: N}]; else the ones the sweep suggests.

Examples:
  approxifer figures results/runs/quickstart
  approxifer figures results/runs/quickstart --format html
  approxifer figures results/runs/stragglers-lenet5 --format pdf --width 3.25in
  approxifer figures results/runs/frontier-workers-lenet5 --target relacc=0.999 --target mse=10`,
    )
    .action(async (folders: string[], flags: Flags) => {
      const [{ drawRun }, { parseTarget }, { paperSheet }] = await Promise.all([
        import('./draw.ts'),
        import('../tables/recommend.ts'),
        import('../figures/plot/sheet.ts'),
      ]);
      const targets = flags.target?.map(parseTarget);
      const sheet = flags.width === undefined ? undefined : paperSheet(flags.width);
      const written: string[] = [];
      for (const folder of folders) {
        const drawn = await drawRun(folder, flags.format ?? new Set(defaults), {
          ...{ targets, sheet, say },
          // targets are for the page
          keepsTrials: targets === undefined,
        });
        if (!flags.json) for (const file of drawn) print(`${file}\n`);
        written.push(...drawn);
      }
      if (flags.json) printJson(written);
    });
}

function parseFormats(text: string): ReadonlySet<FormatName> {
  const chosen = text.split(',').map((part) => part.trim());
  const wrong = chosen.find((part) => !formatNames.includes(part as FormatName));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${formatNames.join(', ')}.`);
  return new Set(chosen as FormatName[]);
}
