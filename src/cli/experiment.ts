import { faultOf } from '../config/issues.ts';
import type { ConfigDocument } from '../config/load.ts';
import { parseRequests } from '../figures/request.ts';
import { type ExperimentConfig, parseExperiment } from '../kinds/inference/config.ts';
import { parseSamples, type SamplesConfig } from '../kinds/samples/config.ts';
import { UserError } from '../util/errors.ts';
import type { RunFlags } from './run.ts';

/**
 * Reads and validates an experiment of `kind: inference` or `samples` and the figures that it asks for.
 * @throws UserError, one line with file, line and column
 */
export function loadDrawable(document: ConfigDocument): ExperimentConfig | SamplesConfig {
  try {
    const config = document.data.kind === 'samples' ? parseSamples(document.data) : parseExperiment(document.data);
    config.figures?.forEach((request, place) => {
      faultOf(['figures', place], () => parseRequests([request]));
    });
    return config;
  } catch (error) {
    throw document.located(error);
  }
}

/** @throws UserError when a flag was given that only inference experiments have */
export function refuseInferenceFlags(kind: 'training' | 'samples', flags: RunFlags): void {
  for (const flag of ['shard', 'tuned', 'jobs'] as const)
    if (flags[flag] !== undefined)
      throw new UserError(`--${flag} is for inference experiments; leave it out for kind: ${kind}`);
}
