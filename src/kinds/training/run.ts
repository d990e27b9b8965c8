import { existsSync } from 'node:fs';
import path from 'node:path';
import { type PrimeField, primeField } from '../../math/finite-field.ts';
import { matrix } from '../../math/matrix.ts';
import { deepDifferences } from '../../results/manifest.ts';
import { readManifest, withSummaryDigest } from '../../results/read.ts';
import { files } from '../../results/schema.ts';
import { writeWhole } from '../../util/atomic.ts';
import { timestamp } from '../../util/clock.ts';
import { UserError } from '../../util/errors.ts';
import { randomStream, sampleWithoutReplacement } from '../../util/random.ts';
import { secretResidues } from '../../util/secret.ts';
import type { Attack } from '../../workers/attack-spec.ts';
import type { Cluster, Faults } from './cluster.ts';
import {
  atPath,
  type Clock,
  type LogisticRegressionOptions,
  type TrainingConfig,
  type TrainingScheme,
} from './config.ts';
import { openTwoClassData, type TwoClassData } from './data.ts';
import { certify, featureLevels, quantise, rangeCheck } from './fixed-point.ts';
import { correctableErrors, type Strategy } from './master.ts';
import { fixedPointReference, floatingReference, transpose } from './reference.ts';
import { simulatedCluster } from './simulated-cluster.ts';
import { trainingFiles, trainingManifest } from './tables.ts';
import { type Problem, type TrainingResult, train } from './train.ts';
import type { CellResult } from './values.ts';

/** One column of the run: everything but the trial fixed. */
export interface TrainingCell {
  readonly scheme: TrainingScheme;
  readonly K: number;
  readonly N: number;
  readonly S: number;
  readonly E: number;
  readonly slowdown: number;
  readonly clock: Clock;
  /** Absent where nobody lies. */
  readonly attack: Attack | undefined;
}

export interface TrainingHooks {
  /** Folder that paths of the config start from; default: the working directory. */
  readonly folder?: string;
  /** After each training of one scheme. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The script of a worker thread, where it is not beside this file. */
  readonly workerScript?: URL;
}

export interface TrainingOutcome {
  readonly complete: boolean;
  /** Trainings that ended before their last iteration. */
  readonly failures: number;
  readonly cells: readonly CellResult[];
}

/** The cells of an experiment, conditions outermost, so that schemes of one condition are neighbours. */
export function trainingCells(config: TrainingConfig): TrainingCell[] {
  const changing = (config.stragglers.changes ?? []).some(({ E }) => E > 0);
  const attacksFor = (E: number) => (E > 0 || changing ? config.attack : [undefined]);
  return config.stragglers.clock.flatMap((clock) =>
    config.N.flatMap((N) =>
      config.K.flatMap((K) =>
        config.faults.flatMap(({ S, E }) =>
          attacksFor(E).flatMap((attack) =>
            config.stragglers.slowdown.flatMap((slowdown) =>
              config.schemes.map((scheme) => ({ scheme, K, N, S, E, slowdown, clock, attack })),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * Runs an experiment of `kind: training` into a folder: `iterations.csv`, `summary.csv`, `speedups.csv`, `table.md`,
 * `failures.csv` where there are failures, `manifest.json`. With the simulated clock the CSVs are the same bytes for the same
 * config and seed: masks and keys are secret and fresh, but nothing that is written depends on them.
 * @param out folder of the results; made when absent
 * @throws UserError when data are missing or the fixed-point numbers do not fit the field
 */
export async function runTraining(
  config: TrainingConfig,
  out: string,
  hooks: TrainingHooks = {},
): Promise<TrainingOutcome> {
  const started = timestamp();
  refuseOtherExperiment(config, out);
  const options = config.model.logisticRegression;
  const data = await openTwoClassData(config.dataset, hooks.folder === undefined ? {} : { folder: hooks.folder });
  const problem = atPath(['model', 'logisticRegression', 'errorBits'], () => makeProblem(data, options));
  const floating = floatingReference(data, options.iterations, options.learningRate).evaluations.at(-1)!;
  const cells = trainingCells(config);
  const results = cells.map((cell): { cell: TrainingCell; trials: TrainingResult[] } => ({ cell, trials: [] }));
  let done = 0;
  for (const { cell, trials } of results)
    for (let trial = 0; trial < config.trials; trial++) {
      if (hooks.signal?.aborted) return { complete: false, failures: 0, cells: [] };
      const cluster = await openCluster(config, problem.field, cell, trial, hooks);
      try {
        trials.push(
          await train(problem, cluster, strategyOf(cell, config), sizesOf(cell, config), faultsOf(config, cell, trial)),
        );
      } finally {
        await cluster.close();
      }
      hooks.onProgress?.(++done, cells.length * config.trials);
    }
  const written = trainingFiles(config, problem, results, floating);
  for (const [file, text] of written) writeWhole(path.join(out, file), text);
  const manifest = withSummaryDigest(out, trainingManifest(config, data, started, results));
  writeWhole(path.join(out, files.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
  const failures = results.reduce((sum, { trials }) => sum + trials.filter(({ failure }) => failure).length, 0);
  return { complete: true, failures, cells: results };
}

/** @throws UserError when the folder holds the results of another config */
function refuseOtherExperiment(config: TrainingConfig, out: string): void {
  if (!existsSync(path.join(out, files.manifest))) return;
  const [difference] = deepDifferences('config', readManifest(out).config, JSON.parse(JSON.stringify(config)));
  if (difference)
    throw new UserError(
      `${out} holds another experiment (${difference.what} differs); choose another folder with --out, or remove it`,
    );
}

/**
 * Integers, certificates and the reference run of what is to be trained.
 * @throws UserError when the fixed-point numbers do not fit the field
 */
export function makeProblem(data: TwoClassData, options: LogisticRegressionOptions): Problem {
  const field = primeField(options.q);
  const { rows, columns } = data.train.x;
  const features = matrix(rows, columns, quantise(data.train.x.data, featureLevels(options)));
  certify(field, features, options);
  return {
    field,
    data,
    options,
    copies: [features, transpose(features)],
    check: rangeCheck(field.q, features, secretResidues),
    reference: fixedPointReference(data, features, options, options.iterations, options.learningRate),
  };
}

/** The uncoded scheme shares the data out among all N workers: the code with K = N and no masks. */
function sizesOf({ scheme, K, N }: TrainingCell, config: TrainingConfig) {
  return scheme.name === 'uncoded' ? { K: N, N, T: 0 } : { K, N, T: config.model.logisticRegression.T };
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
  config: TrainingConfig,
  field: PrimeField,
  cell: TrainingCell,
  trial: number,
  hooks: TrainingHooks,
): Promise<Cluster> {
  const { costs, latency, bandwidth } = config.stragglers;
  if (cell.clock === 'simulated') return simulatedCluster(field, costs, { latency, bandwidth }, [config.seed, trial]);
  const { threadCluster } = await import('./thread-cluster.ts');
  return threadCluster(field, cell.N, hooks.workerScript);
}
