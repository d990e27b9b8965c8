import { faultOf } from '../config/issues.ts';
import { type ConfigDocument, loadExperiment } from '../config/load.ts';
import { parseRequests } from '../figures/request.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { UserError } from '../util/errors.ts';
import type { RunFlags } from './run.ts';

/**
 * Reads and validates an inference experiment and the figures that it asks for.
 * @throws UserError, one line with file, line and column
 */
export function loadDrawable(document: ConfigDocument): ExperimentConfig {
  const config = loadExperiment(document);
  try {
    config.figures?.forEach((request, place) => {
      faultOf(['figures', place], () => parseRequests([request]));
    });
  } catch (error) {
    throw document.located(error);
  }
  return config;
}

/** @throws UserError when a flag was given that only inference experiments have */
export function refuseInferenceFlags(kind: 'training' | 'samples', flags: RunFlags): void {
  for (const flag of ['shard', 'tuned', 'jobs'] as const)
    if (flags[flag] !== undefined)
      throw new UserError(`--${flag} is for inference experiments; leave it out for kind: ${kind}`);
}
