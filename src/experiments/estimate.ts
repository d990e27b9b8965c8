import type { ExperimentConfig } from '../config/experiment.ts';
import { makePlan } from '../plan/plan.ts';
import { seconds } from '../util/clock.ts';
import { openTrials } from './stage.ts';
import { gridOf } from './tuning.ts';

/** What a run would do, and how long it would take on this machine. */
export interface RunEstimate {
  readonly cells: number;
  readonly codedBatches: number;
  readonly tuningTrials: number;
  /** Points through the model, over all trials and tuning. */
  readonly inferences: number;
  readonly decodes: number;
  readonly seconds: number;
  readonly calibrationTrials: number;
}

/** How long to measure for, in seconds. */
const calibration = 1;

/** Runs a few trials of each stage, throws their results away, and scales up. */
export async function estimateRun(config: ExperimentConfig, folder: string, jobs: number): Promise<RunEstimate> {
  const stages = [{ config, purpose: 'report' as const, trials: config.trials }];
  for (const mode of [true, 'oracle'] as const) {
    if (!config.schemes.some((entry) => entry.tune === mode)) continue;
    const trials = mode === true ? config.tune!.trials : config.trials;
    stages.push({ config: gridOf(config, mode, config.tune!), purpose: 'report' as const, trials });
  }
  let inferences = 0;
  let decodes = 0;
  let total = 0;
  let calibrationTrials = 0;
  for (const stage of stages) {
    const opened = await openTrials({ config: stage.config, folder, purpose: stage.purpose, tuned: [] });
    const { plan } = opened;
    const queries = [...new Set(plan.codedBatches.map((batch) => batch.K))].reduce((sum, K) => sum + K, 0);
    inferences += stage.trials * (plan.codedPoints + queries);
    decodes += stage.trials * plan.cells.length * (config.patterns ?? 1);
    await opened.run(0); // warm-up: code is compiled, buffers are made
    const start = seconds();
    let trials = 0;
    do await opened.run(++trials);
    while (seconds() - start < calibration && trials < stage.trials);
    total += ((seconds() - start) / trials) * stage.trials;
    calibrationTrials += trials;
    await opened.close();
  }
  const plan = makePlan(config);
  return {
    cells: plan.cells.length,
    codedBatches: plan.codedBatches.length,
    tuningTrials: stages.slice(1).reduce((sum, stage) => sum + stage.trials, 0),
    inferences,
    decodes,
    seconds: total / jobs,
    calibrationTrials,
  };
}
