import { workerData } from 'node:worker_threads';
import { UserError } from '../util/errors.ts';
import { openTrials, type StageSpec } from './stage.ts';
import type { TrialResult } from './trial.ts';

// tinypool hands [its own data, ours] to a worker
const [, spec] = workerData as [unknown, StageSpec];
const opened = openTrials(spec);

/** Runs one trial; called by the pool. What the user gave wrong is returned: a thrown error loses its class on the way. */
export default async function runTrial(trial: number): Promise<TrialResult | { readonly refusal: string }> {
  try {
    return await (await opened).run(trial);
  } catch (error) {
    if (error instanceof UserError) return { refusal: error.message };
    throw error;
  }
}
