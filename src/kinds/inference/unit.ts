import { type OpenTrials, openTrials, type StageSpec } from '../../coded/open.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import type { TrialValues } from './format.ts';

/**
 * Opens model and data for the trials of a stage; a unit is a trial.
 * @param opened the same, when it is open already
 */
export async function open(spec: StageSpec, opened?: OpenTrials): Promise<UnitRunner<TrialValues>> {
  const trials = opened ?? (await openTrials(spec));
  return {
    async run(trial) {
      const { values, failures } = await trials.run(Number(trial));
      return { result: values, failures };
    },
    close: trials.close,
  };
}
