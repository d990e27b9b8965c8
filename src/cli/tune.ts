import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { collect, wholeNumber } from './options.ts';

export function registerTune(program: Command): void {
  program
    .command('tune')
    .description('search λ for the schemes with tune: true: a grid over λ_enc x λ_dec, then finer around the best pair')
    .argument('<config>', 'a YAML file, or the name of a packaged config')
    .option('-o, --out <folder>', 'folder of the results (default: results/runs/<name>)')
    .option('--seed <number>', 'instead of seed: of the config', wholeNumber(0))
    .option('-j, --jobs <number>', 'threads (default: available cores)', wholeNumber(1))
    .option('--set <key=value>', 'another value for a key of the config; may be repeated', collect)
    .addHelpText(
      'after',
      `
summary.csv is the whole surface, optimum.csv the best pair of each condition, how sure it is and how flat the surface.

Example:
  approxifer tune configs/tune/lenet5.yaml
  approxifer figures results/runs/tune-lenet5`,
    )
    .action(async (name: string, flags: { out?: string; seed?: number; jobs?: number; set?: string[] }) => {
      const [{ readConfig, loadExperiment }, { tuneExperiment }, { runSession }, { UserError }] = await Promise.all([
        import('../config/load.ts'),
        import('../experiments/run.ts'),
        import('./session.ts'),
        import('../util/errors.ts'),
      ]);
      const seed = flags.seed === undefined ? [] : [`seed=${flags.seed}`];
      const document = readConfig(name, [...(flags.set ?? []), ...seed]);
      const config = loadExperiment(document);
      if (!config.schemes.some((entry) => entry.tune === true)) {
        throw new UserError(`${name}: no scheme has tune: true; write such as "- nercc: {tune: true}"`);
      }
      process.exitCode = await runSession(document, config, flags, async (options) => {
        const outcome = await tuneExperiment(config, options);
        if (outcome.complete) process.stdout.write(readFileSync(path.join(options.out, 'optimum.csv'), 'utf8'));
        return outcome;
      });
    });
}
