import path from 'node:path';
import { openTrials } from '../../coded/open.ts';
import { type Condition, expandConditions, type LambdaPair, tunedKey } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { experimentDifferences, type Manifest } from '../../results/manifest.ts';
import { optimum, surfaceCsv, surfacesOf } from '../../results/optimum.ts';
import { readManifest } from '../../results/read.ts';
import { files, keyColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import { runStage, type StageOptions } from '../../runs/stage.ts';
import { writeWhole } from '../../util/atomic.ts';
import { UserError } from '../../util/errors.ts';
import type { ExperimentConfig } from './config.ts';

/** A λ pair chosen for a scheme under a condition, as the manifest records it. */
export interface TunedChoice extends LambdaPair {
  readonly condition: number;
  readonly label: string;
  readonly metric: 'mse' | 'relacc';
  /** Mean of the metric at the pair, over the tuning trials, with its standard error. */
  readonly mean: number;
  readonly sem: number;
  readonly trials: number;
}

export interface TuningOptions extends Omit<StageOptions, 'out' | 'trials' | 'onProgress'> {
  /** Folder of the run; the stage's own files go to a folder inside. */
  readonly out: string;
  readonly folder: string;
  /** Called when the grid or a refinement of it begins, and after each of its trials. */
  readonly onProgress?: (stage: TuningRound, done: number, total: number) => void;
}

/** What a search of λ is at. */
export type TuningRound = 'tuning' | 'refining';

/**
 * Chooses λ for the entries with `tune`: a grid over λ_enc × λ_dec. `tune: true` uses trials of its own, on images and
 * straggler patterns that the report never sees; `tune: oracle` the reported trials themselves.
 * @returns one choice an entry and condition; undefined when the signal ended the stage early
 */
export async function tuneLambdas(
  config: ExperimentConfig,
  options: TuningOptions,
): Promise<TunedChoice[] | undefined> {
  const choices: TunedChoice[] = [];
  for (const mode of [true, 'oracle'] as const) {
    if (!config.schemes.some((entry) => entry.tune === mode)) continue;
    const found = await tuneStage(config, mode, options);
    if (!found) return undefined;
    choices.push(...found);
  }
  return choices;
}

async function tuneStage(
  config: ExperimentConfig,
  mode: true | 'oracle',
  options: TuningOptions,
): Promise<TunedChoice[] | undefined> {
  const surface = await lossSurface(config, mode, options);
  return surface && bestPairs(config, mode, surface);
}

/** The best pair of a surface for each condition of the run and each entry with this `tune`. */
export function bestPairs(config: ExperimentConfig, mode: true | 'oracle', surface: LossSurface): TunedChoice[] {
  const place = new Map(surface.conditions.map((condition, index) => [JSON.stringify(condition), index]));
  const entries = config.schemes.filter((entry) => entry.tune === mode);
  return expandConditions(config).flatMap((condition, number) => {
    const tuningNumber = place.get(JSON.stringify(tuningCondition(condition, config.tune!.S)));
    return entries.map((entry) => {
      const cells = surface.cells.filter((cell) => cell.label === entry.label && cell.condition === tuningNumber);
      return { condition: number, label: entry.label, ...best(cells, config.tune!.metric) };
    });
  });
}

/** The tuning metric over the grid of λ pairs and its refinements. */
export interface LossSurface {
  readonly conditions: readonly Condition[];
  /** One cell a condition, scheme and λ pair. */
  readonly cells: readonly CellTrials[];
  readonly metricNames: readonly MetricName[];
}

/**
 * Runs the tuned entries at every pair of the grid, then `tune.refine` times at the pairs between the best one and its
 * neighbours. Writes the surface as `summary.csv` of the stage.
 * @returns undefined when the signal ended the stage early
 */
export async function lossSurface(
  config: ExperimentConfig,
  mode: true | 'oracle',
  options: TuningOptions,
): Promise<LossSurface | undefined> {
  const tune = config.tune!;
  const trials = mode === 'oracle' ? config.trials : tune.trials;
  const out = path.join(options.out, mode === 'oracle' ? 'oracle' : 'tuning');
  const conditions = expandConditions(gridOf(config, mode, tune));
  const cells = new Map<string, CellTrials>();
  const { onProgress, ...stageOptions } = options;
  let grid: LambdaGrid = tune;
  let metricNames: readonly MetricName[] = [];
  for (let round = 0; round <= tune.refine; round++) {
    const spec = {
      config: gridOf(config, mode, grid),
      folder: options.folder,
      purpose: mode === 'oracle' ? ('report' as const) : ('tune' as const),
      tuned: [],
    };
    const opened = await openTrials(spec);
    const stage = await runStage(spec, opened, {
      ...stageOptions,
      onProgress: (done, total) => onProgress?.(round === 0 ? 'tuning' : 'refining', done, total),
      out: round === 0 ? out : path.join(out, `refine-${round}`),
      trials: Array.from({ length: trials }, (_, trial) => trial),
    });
    await opened.close();
    if (!stage.complete) return undefined;
    metricNames = opened.metricNames;
    for (const cell of stage.cells) {
      const id = cell.key.join();
      if (!cells.has(id)) cells.set(id, cell);
    }
    if (round < tune.refine) grid = refinedGrid([...cells.values()], tune.metric);
  }
  const all = [...cells.values()];
  writeWhole(path.join(out, files.summary), surfaceCsv(all, metricNames, tune.metric));
  return { conditions, cells: all, metricNames };
}

export interface LambdaGrid {
  readonly lambdaEnc: readonly number[];
  readonly lambdaDec: readonly number[];
}

/** The tuning stage as an experiment of its own: the tuned entries at every pair of a grid. */
export function gridOf(config: ExperimentConfig, mode: true | 'oracle', grid: LambdaGrid): ExperimentConfig {
  const schemes = config.schemes
    .filter((entry) => entry.tune === mode)
    .flatMap(({ tune: _, ...entry }) =>
      grid.lambdaEnc.flatMap((lambdaEnc) =>
        grid.lambdaDec.map((lambdaDec) => ({ ...entry, options: { ...entry.options, lambdaEnc, lambdaDec } })),
      ),
    );
  const S = config.tune?.S;
  return { ...config, schemes, S: S === undefined ? config.S : [S] };
}

/**
 * The grid around the best pair of each condition and scheme: each best λ and the geometric means with its neighbours
 * among the values tried. Between 0 and the smallest positive value stands a tenth of that value.
 */
function refinedGrid(cells: readonly CellTrials[], metric: 'mse' | 'relacc'): LambdaGrid {
  const groups = surfacesOf(cells);
  const around = (column: 'lambda_enc' | 'lambda_dec', choice: (pair: LambdaPair) => number) => {
    const values = new Set<number>();
    for (const group of groups) {
      const tried = [...new Set(group.map((cell) => lambdaOf(cell, column)))].sort((a, b) => a - b);
      const at = tried.indexOf(choice(best(group, metric)));
      values.add(tried[at]!);
      for (const [low, high] of [
        [tried[at - 1], tried[at]],
        [tried[at], tried[at + 1]],
      ]) {
        if (low === undefined || high === undefined) continue;
        values.add(Number((low === 0 ? high / 10 : Math.sqrt(low * high)).toPrecision(6)));
      }
    }
    return [...values].sort((a, b) => a - b);
  };
  return {
    lambdaEnc: around('lambda_enc', ({ lambdaEnc }) => lambdaEnc),
    lambdaDec: around('lambda_dec', ({ lambdaDec }) => lambdaDec),
  };
}

function lambdaOf(cell: CellTrials, column: 'lambda_enc' | 'lambda_dec'): number {
  return Number(cell.key[keyColumns.indexOf(column)]);
}

/** The condition under which λ for `condition` is chosen. */
function tuningCondition(condition: Condition, S: number | undefined): Condition {
  return S === undefined || condition.S === undefined ? condition : { ...condition, S };
}

/** The best pair of a grid, as the manifest records it. */
function best(cells: readonly CellTrials[], metric: 'mse' | 'relacc'): Omit<TunedChoice, 'condition' | 'label'> {
  const found = optimum(cells, metric);
  if (!found) throw new UserError(`no tuning trial has a defined ${metric}; see failures.csv of the tuning stage`);
  return {
    lambdaEnc: lambdaOf(found.best, 'lambda_enc'),
    lambdaDec: lambdaOf(found.best, 'lambda_dec'),
    metric,
    mean: found.mean,
    sem: found.sem,
    trials: found.best.values.get(metric)!.length,
  };
}

/** The choices in the form the plan takes. */
export function tunedPairs(choices: readonly TunedChoice[]): (readonly [string, LambdaPair])[] {
  return choices.map(({ condition, label, lambdaEnc, lambdaDec }) => [
    tunedKey(condition, label),
    { lambdaEnc, lambdaDec },
  ]);
}

/**
 * The λ that an earlier run, shard or `tune` of the same experiment chose.
 * @param file its `manifest.json`
 * @throws UserError when it is of another experiment, not finished, or without a choice for a tuned entry; for an oracle
 * also when it is of other trials
 */
export function readTunedChoices(file: string, config: ExperimentConfig, manifest: Manifest): TunedChoice[] {
  if (path.basename(file) !== files.manifest)
    throw new UserError(`--tuned ${file}: give the ${files.manifest} of a run`);
  const earlier = readManifest(path.dirname(file));
  const [difference] = experimentDifferences(earlier, manifest);
  if (difference) throw new UserError(`--tuned ${file}: is of another experiment (${difference.what} differs)`);
  if (earlier.status === 'running') throw new UserError(`--tuned ${file}: that run is not finished`);
  if (config.schemes.some(({ tune }) => tune === 'oracle'))
    for (const key of ['seed', 'trials'] as const)
      if (earlier[key] !== manifest[key])
        throw new UserError(
          `--tuned ${file}: has ${key} ${earlier[key]}, not ${manifest[key]}; an oracle's λ is that of the reported trials themselves`,
        );
  const choices = (earlier.tuned ?? []) as TunedChoice[];
  const chosen = new Set(choices.map(({ condition, label }) => tunedKey(condition, label)));
  for (const condition of expandConditions(config).keys())
    for (const { tune, label } of config.schemes)
      if (tune && !chosen.has(tunedKey(condition, label)))
        throw new UserError(`--tuned ${file}: that run chose no λ for ${label}`);
  return choices;
}
