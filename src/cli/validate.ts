import type { Command } from 'commander';
import { collect } from './options.ts';
import { print, say } from './print.ts';

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('check a config without loading models or data')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .option('--json', 'print the resolved config')
    .addHelpText('after', '\nExample:\n  approxifer validate configs/table1/lenet5.yaml')
    .action(async (name: string, flags: { set?: string[]; json?: boolean }) => {
      const { readConfig } = await import('../config/load.ts');
      const { loadDrawable } = await import('./experiment.ts');
      const { makePlan } = await import('../coded/plan.ts');
      const document = readConfig(name, flags.set);
      if (document.data.kind === 'training') {
        print((await import('./run-training.ts')).validateTraining(document, name, flags.json ?? false));
        return;
      }
      if (document.data.kind === 'parity') {
        const config = (await import('../kinds/parity/schema.ts')).loadParityTraining(document);
        print(flags.json ? `${JSON.stringify(config, null, 2)}\n` : `${name}: valid\n`);
        return;
      }
      const config = loadDrawable(document);
      try {
        const plan = makePlan(config);
        for (const warning of plan.warnings) say(`warning: ${warning}`);
        const text = `${name}: valid: ${plan.cells.length} cells, ${config.trials} trials`;
        print(flags.json ? `${JSON.stringify(config, null, 2)}\n` : `${text}\n`);
      } catch (error) {
        throw document.located(error);
      }
    });
}
