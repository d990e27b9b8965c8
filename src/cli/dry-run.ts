import { makePlan } from '../coded/plan.ts';
import type { ConfigDocument } from '../config/load.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { estimateRun } from '../kinds/inference/estimate.ts';
import { formatDuration } from '../util/units.ts';
import { print, printJson } from './print.ts';

export interface DryRunOptions {
  readonly jobs: number;
  readonly trials: number;
  readonly tunes: boolean;
  readonly json: boolean;
}

/** Prints what a run would do, without doing it. */
export async function printDryRun(
  config: ExperimentConfig,
  document: ConfigDocument,
  { json, ...options }: DryRunOptions,
): Promise<void> {
  try {
    if (config.kind === 'samples') return printPoints(config, json);
    const estimate = await estimateRun(config, { ...options, folder: document.folder });
    if (json) return printJson({ experiment: config.name, ...estimate, jobs: options.jobs });
    const stages = estimate.stages.map(({ name, trials }) =>
      name === 'trials' ? String(trials) : `${trials} for ${name}`,
    );
    printLines([
      ['experiment', config.name],
      ['cells', estimate.cells],
      ['trials', stages.join(', then ') || 'none in this shard'],
      ['coded batches', `${estimate.codedBatches} a trial`],
      ['inferences', estimate.inferences],
      ['decodes', estimate.decodes],
      [
        'time',
        `about ${formatDuration(estimate.seconds)} with ${options.jobs} jobs (from ${estimate.calibrationTrials} trials just measured)`,
      ],
    ]);
  } catch (error) {
    throw document.located(error);
  }
}

/** `kind: samples`: points are encoded and kept, no model runs. */
function printPoints(config: ExperimentConfig, json: boolean): void {
  const { codedBatches } = makePlan(config);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [queries, codedPoints] = [sum(config.K), sum(codedBatches.map(({ N }) => N))];
  if (json) printJson({ experiment: config.name, codedBatches: codedBatches.length, queries, codedPoints });
  else
    printLines([
      ['experiment', config.name],
      ['coded batches', codedBatches.length],
      ['points', `${queries} queries and ${codedPoints} coded points`],
    ]);
}

function printLines(lines: readonly (readonly [string, string | number])[]): void {
  print(lines.map(([name, value]) => `${name.padEnd(15)}${value}\n`).join(''));
}
