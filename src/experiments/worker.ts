import { workerData } from 'node:worker_threads';
import { openTrials, type StageSpec } from './stage.ts';
import type { TrialResult } from './trial.ts';

// tinypool hands [its own data, ours] to a worker
const [, spec] = workerData as [unknown, StageSpec];
const opened = openTrials(spec);

/** Runs one trial; called by the pool. */
export default async function runTrial(trial: number): Promise<TrialResult> {
  return (await opened).run(trial);
}
