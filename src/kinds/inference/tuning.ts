import { type Condition, expandConditions } from '../../coded/conditions.ts';
import type { LambdaPair } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { optimum, surfacesOf } from '../../results/optimum.ts';
import { keyColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import { UserError } from '../../util/errors.ts';
import type { ExperimentConfig } from './config.ts';
import type { TunedChoice } from './tuned.ts';

/** Which entries a search of λ is for: `true` on trials of its own, `oracle` on the reported ones. */
export type TuneMode = true | 'oracle';

/** The modes that a config asks for, in the order in which they run. */
export function tuneModes(config: ExperimentConfig): TuneMode[] {
  return ([true, 'oracle'] as const).filter((mode) => config.schemes.some(({ tune }) => tune === mode));
}

/** Runs one round of a search of λ: every pair of a grid. @returns undefined when a signal ended it early */
export type RunRound = (
  config: ExperimentConfig,
  mode: TuneMode,
  round: number,
) => Promise<{ readonly cells: readonly CellTrials[]; readonly metricNames: readonly MetricName[] } | undefined>;

/** The tuning metric over the grid of λ pairs and its refinements. */
export interface LossSurface {
  readonly conditions: readonly Condition[];
  /** One cell a condition, scheme and λ pair. */
  readonly cells: readonly CellTrials[];
  readonly metricNames: readonly MetricName[];
}

/**
 * Runs the tuned entries at every pair of the grid, then `tune.refine` times at the pairs between the best one and its
 * neighbours. `tune: true` uses trials of its own, on images and straggler patterns that the report never sees;
 * `tune: oracle` the reported trials themselves.
 * @returns undefined when the signal ended it early
 */
export async function lossSurface(
  config: ExperimentConfig,
  mode: TuneMode,
  runRound: RunRound,
): Promise<LossSurface | undefined> {
  const tune = config.tune!;
  const conditions = expandConditions(gridOf(config, mode, tune));
  const cells = new Map<string, CellTrials>();
  let grid: LambdaGrid = tune;
  let metricNames: readonly MetricName[] = [];
  for (let round = 0; round <= tune.refine; round++) {
    const found = await runRound(gridOf(config, mode, grid), mode, round);
    if (!found) return undefined;
    metricNames = found.metricNames;
    for (const cell of found.cells) {
      const id = cell.key.join();
      if (!cells.has(id)) cells.set(id, cell);
    }
    if (round < tune.refine) grid = refinedGrid([...cells.values()], tune.metric);
  }
  return { conditions, cells: [...cells.values()], metricNames };
}

/** Trials of a search. */
export function tuningTrials(config: ExperimentConfig, mode: TuneMode): number {
  return mode === 'oracle' ? config.trials : config.tune!.trials;
}

/** The best pair of a surface for each condition of the run and each entry with this `tune`. */
export function bestPairs(config: ExperimentConfig, mode: TuneMode, surface: LossSurface): TunedChoice[] {
  const place = new Map(surface.conditions.map((condition, index) => [JSON.stringify(condition), index]));
  const entries = config.schemes.filter((entry) => entry.tune === mode);
  return expandConditions(config).flatMap((condition) => {
    const tuningNumber = place.get(JSON.stringify(tuningCondition(condition, config.tune!.S)));
    return entries.map((entry) => {
      const cells = surface.cells.filter((cell) => cell.label === entry.label && cell.condition === tuningNumber);
      return { condition, label: entry.label, ...best(cells, config.tune!.metric) };
    });
  });
}

export interface LambdaGrid {
  readonly lambdaEnc: readonly number[];
  readonly lambdaDec: readonly number[];
}

/** The tuning stage as an experiment of its own: the tuned entries at every pair of a grid. */
export function gridOf(config: ExperimentConfig, mode: TuneMode, grid: LambdaGrid): ExperimentConfig {
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
