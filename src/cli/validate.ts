import type { Command } from 'commander';
import { counted } from '../util/text.ts';
import { collect } from './options.ts';
import { print, printJson, say } from './print.ts';

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('check a config of any kind without loading models or data')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--json', 'print the resolved config')
    .addHelpText('after', '\nExample:\n  approxifer validate configs/table1/lenet5.yaml')
    .action(async (name: string, flags: { set?: string[]; json?: boolean }) => {
      const { readConfig } = await import('../config/load.ts');
      const { loadConfig } = await import('./load.ts');
      const document = readConfig(name, flags.set);
      const { loaded } = await loadConfig(document);
      try {
        const { cells, warnings } = loaded.outline();
        for (const warning of warnings) say(`warning: ${warning}`);
        if (flags.json) printJson(loaded.config);
        else print(`${name}: valid: ${counted(cells, 'cell')}, ${counted(loaded.trials, 'trial')}\n`);
      } catch (error) {
        throw document.located(error);
      }
    });
}
