import { workerData } from 'node:worker_threads';
import { openTrials, type StageSpec } from '../coded/open.ts';
import type { TrialResult } from '../coded/trial.ts';
import { UserError } from '../util/errors.ts';

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
