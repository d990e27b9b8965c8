import type { ExperimentConfig } from '../config/experiment.ts';
import type { ConfigDocument } from '../config/load.ts';
import { estimateRun } from '../experiments/estimate.ts';
import { formatDuration } from '../util/units.ts';

/** What `--dry-run` prints. */
export async function dryRunText(
  config: ExperimentConfig,
  document: ConfigDocument,
  options: { readonly jobs: number; readonly trials: number; readonly tunes: boolean },
): Promise<string> {
  try {
    const estimate = await estimateRun(config, { ...options, folder: document.folder });
    const stages = estimate.stages.map(({ name, trials }) =>
      name === 'trials' ? String(trials) : `${trials} for ${name}`,
    );
    const lines = [
      `experiment     ${config.name}`,
      `cells          ${estimate.cells}`,
      `trials         ${stages.join(', then ')}`,
      `coded batches  ${estimate.codedBatches} a trial`,
      `inferences     ${estimate.inferences}`,
      `decodes        ${estimate.decodes}`,
      `time           about ${formatDuration(estimate.seconds)} with ${options.jobs} jobs (from ${estimate.calibrationTrials} trials just measured)`,
    ];
    return `${lines.join('\n')}\n`;
  } catch (error) {
    throw document.located(error);
  }
}
