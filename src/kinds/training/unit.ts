import type { PrimeField } from '../../math/finite-field.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import { randomStream, sampleWithoutReplacement } from '../../util/random.ts';
import { type TrainingCell, trainingCells, trainingUnits } from './cells.ts';
import type { Cluster, Faults } from './cluster.ts';
import type { TrainingConfig } from './config.ts';
import { openTwoClassData } from './data.ts';
import type { TrainingRows } from './format.ts';
import type { Coding } from './master.ts';
import { makeProblem, type Problem } from './problem.ts';
import { type CodeSizes, trainingSchemes } from './schemes.ts';
import { simulatedCluster } from './simulated-cluster.ts';
import { correctableErrors, type Strategy } from './strategy.ts';
import { train } from './train.ts';

/** What the units of an experiment follow from: plain data, for other threads. */
export interface TrainingSpec {
  readonly config: TrainingConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
}

/**
 * Opens the data for the trainings of an experiment: integers, certificates and the reference run are made once, for all
 * units of this thread. With the simulated clock a unit gives the same rows each time: masks follow from the seed, since what a code
 * gives beyond its bound depends on them; keys are secret and fresh, and what depends on them has a probability of 1/q.
 * @param made the same, when it is made already
 */
export async function open({ config, folder }: TrainingSpec, made?: Problem): Promise<UnitRunner<TrainingRows>> {
  const problem =
    made ?? makeProblem(await openTwoClassData(config.dataset, { folder }), config.model.logisticRegression);
  const cells = trainingCells(config);
  const units = new Map(trainingUnits(cells, config.trials).map((unit) => [unit.id, unit]));
  return {
    async run(id) {
      const { cell: place, trial } = units.get(id)!;
      const cell = cells[place]!;
      const cluster = await openCluster(config, problem.field, cell, trial);
      try {
        const { iterations, failure } = await train(
          problem,
          cluster,
          strategyOf(cell, config),
          { ...sizesOf(cell, config), masks: masksOf(config.seed, trial) },
          faultsOf(config, cell, trial),
        );
        return { result: iterations, failures: failure === undefined ? [] : [{ cell: place, reason: failure }] };
      } finally {
        await cluster.close();
      }
    },
    async close() {},
  };
}

function sizesOf({ scheme, K, N }: TrainingCell, config: TrainingConfig): CodeSizes {
  return trainingSchemes.get(scheme.name).code({ K, N, T: config.model.logisticRegression.T });
}

/** Masks of one training. A deployment would draw them as it draws keys (`secretResidues`). */
function masksOf(seed: number, trial: number): Coding['masks'] {
  const stream = randomStream(seed, trial, 'masks');
  return (q, count) => Float64Array.from({ length: count }, () => stream.integer(q) - (q - 1) / 2);
}

function strategyOf({ scheme, K, N, E }: TrainingCell, config: TrainingConfig): Strategy {
  const { wrongAnswers, recode } = scheme;
  const correctable = scheme.E ?? correctableErrors(K, config.model.logisticRegression.T, N, E);
  return { wrongAnswers, recode, correctable };
}

/** Stragglers are the first S of a random order of the workers, liars the last E: more of them include the fewer. */
function faultsOf(config: TrainingConfig, cell: TrainingCell, trial: number): (iteration: number) => Faults {
  const order = sampleWithoutReplacement(randomStream(config.seed, trial, 'faults'), cell.N, cell.N);
  return (iteration) => {
    const change = config.stragglers.changes?.findLast((entry) => entry.iteration <= iteration);
    const { S, E } = change ?? cell;
    return {
      stragglers: new Set(order.slice(0, S)),
      slowdown: cell.slowdown,
      liars: new Set(order.slice(cell.N - E)),
      attack: cell.attack,
    };
  };
}

async function openCluster(
  { seed, stragglers: { costs, latency, bandwidth } }: TrainingConfig,
  field: PrimeField,
  { clock, N }: TrainingCell,
  trial: number,
): Promise<Cluster> {
  if (clock === 'simulated') return simulatedCluster(field, costs, { latency, bandwidth }, [seed, trial]);
  const { threadCluster } = await import('./thread-cluster.ts');
  return threadCluster(field, N);
}
