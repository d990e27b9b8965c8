import { type Command, InvalidArgumentError } from 'commander';

const formats = ['svg', 'png', 'html'] as const;
type Format = (typeof formats)[number];

export function registerFigures(program: Command): void {
  program
    .command('figures')
    .description('draw the figures and the report page of a run, from its files alone')
    .argument('<run...>', 'folders of runs')
    .option('--format <list>', 'which of svg, png and html, separated by commas (default: all)', parseFormats)
    .addHelpText(
      'after',
      `
Which figures: those of figures: in the config, such as [{x: S, y: mse, by: scheme, facet: N}]; else the ones the sweep suggests.

Examples:
  approxifer figures results/runs/quickstart
  approxifer figures results/runs/quickstart --format html`,
    )
    .action(async (folders: string[], flags: { format?: ReadonlySet<Format> }) => {
      const { writeFigures } = await import('../figures/write.ts');
      for (const folder of folders) {
        for (const file of await writeFigures(folder, flags.format ?? new Set(formats)))
          process.stdout.write(`${file}\n`);
      }
    });
}

function parseFormats(text: string): ReadonlySet<Format> {
  const chosen = text.split(',').map((part) => part.trim());
  const wrong = chosen.find((part) => !formats.includes(part as Format));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${formats.join(', ')}.`);
  return new Set(chosen as Format[]);
}
