import { shardUnits } from '../../runs/experiment.ts';
import { seconds } from '../../util/clock.ts';
import { formatDuration } from '../../util/units.ts';
import type { Estimate, EstimateContext, RunContext } from '../kind.ts';
import { trainingCells, trainingUnits } from './cells.ts';
import type { TrainingConfig } from './config.ts';
import { openTwoClassData } from './data.ts';
import { measuresTime } from './experiment.ts';
import { makeProblem } from './problem.ts';
import { open } from './unit.ts';

/** How long to measure for, in seconds; one training at least. */
const calibrationSeconds = 2;

/** What `run --dry-run` says of a training experiment. */
export async function estimateTraining(
  config: TrainingConfig,
  { folder, jobs, shard }: RunContext & EstimateContext,
): Promise<Estimate> {
  const cells = trainingCells(config);
  const all = trainingUnits(cells, config.trials).map(({ id }) => id);
  const units = shardUnits(all, shard);
  const { logisticRegression } = config.model;
  const measured = measuresTime(config) ? undefined : await calibrate(config, folder, units, jobs);
  const facts = {
    experiment: config.name,
    cells: cells.length,
    trials: config.trials,
    trainings: units.length,
    iterations: units.length * logisticRegression.iterations,
  };
  return {
    json: { ...facts, seconds: measured?.seconds ?? null, calibrationTrainings: measured?.trainings ?? 0, jobs },
    lines: [
      ['experiment', facts.experiment],
      ['cells', facts.cells],
      ['trials', facts.trials],
      ['trainings', `${facts.trainings} of ${logisticRegression.iterations} iterations each`],
      [
        'time',
        measured
          ? `about ${formatDuration(measured.seconds)} with ${jobs} jobs (from ${measured.trainings} trainings just measured)`
          : 'not known before: clock: threads measures it, one training at a time',
      ],
    ],
  };
}

interface Calibration {
  readonly seconds: number;
  /** Trainings that were run to know this. */
  readonly trainings: number;
}

/** Runs some trainings from all over the list, throws their results away, and scales up. */
async function calibrate(
  config: TrainingConfig,
  folder: string,
  units: readonly string[],
  jobs: number,
): Promise<Calibration> {
  const opening = seconds();
  const data = await openTwoClassData(config.dataset, { folder });
  const problem = makeProblem(data, config.model.logisticRegression);
  const opened = seconds() - opening;
  const runner = await open({ config, folder }, problem);
  const start = seconds();
  let trainings = 0;
  while (trainings < units.length && (trainings === 0 || seconds() - start < calibrationSeconds))
    await runner.run(units[spread(trainings++, units.length)]!);
  const each = trainings === 0 ? 0 : (seconds() - start) / trainings;
  await runner.close();
  // every thread opens the data for itself, at the same time
  return { seconds: opened + Math.ceil(units.length / jobs) * each, trainings };
}

/** Places that leave no part of a list out: fractions of the golden ratio. Schemes repeat along it with a period. */
function spread(i: number, length: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Math.floor((((i + 1) * golden) % 1) * length);
}
