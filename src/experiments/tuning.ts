import path from 'node:path';
import type { ExperimentConfig } from '../config/experiment.ts';
import { type Condition, expandConditions, type LambdaPair, tunedKey } from '../plan/plan.ts';
import { readManifest } from '../results/read.ts';
import { keyColumns } from '../results/schema.ts';
import { summarise } from '../results/statistics.ts';
import { type CellTrials, summaryCsv } from '../results/summaries.ts';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { openTrials, runStage, type StageOptions } from './stage.ts';

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

export interface TuningOptions extends Omit<StageOptions, 'out' | 'trials'> {
  /** Folder of the run; the stage's own files go to a folder inside. */
  readonly out: string;
  readonly folder: string;
}

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
  const { tune } = config;
  if (!tune) throw new Error('a tuned entry without tune: was accepted');
  const gridConfig = gridOf(config, mode);
  const trials = mode === 'oracle' ? config.trials : tune.trials;
  const spec = {
    config: gridConfig,
    folder: options.folder,
    purpose: mode === 'oracle' ? ('report' as const) : ('tune' as const),
    tuned: [],
  };
  const out = path.join(options.out, mode === 'oracle' ? 'oracle' : 'tuning');
  const opened = await openTrials(spec);
  const stage = await runStage(spec, opened, {
    ...options,
    out,
    trials: Array.from({ length: trials }, (_, trial) => trial),
  });
  await opened.close();
  if (!stage.complete) return undefined;
  writeWhole(path.join(out, 'summary.csv'), summaryCsv(stage.cells, opened.metricNames));

  const place = new Map(expandConditions(gridConfig).map((condition, index) => [JSON.stringify(condition), index]));
  const entries = config.schemes.filter((entry) => entry.tune === mode);
  return expandConditions(config).flatMap((condition, number) =>
    entries.map((entry) => ({
      condition: number,
      label: entry.label,
      ...best(
        stage.cells.filter(
          (cell) =>
            cell.label === entry.label &&
            cell.condition === place.get(JSON.stringify(tuningCondition(condition, tune.S))),
        ),
        tune.metric,
      ),
    })),
  );
}

/** The tuning stage as an experiment of its own: the tuned entries at every pair of the grid. */
export function gridOf(config: ExperimentConfig, mode: true | 'oracle'): ExperimentConfig {
  const tune = config.tune!;
  const schemes = config.schemes
    .filter((entry) => entry.tune === mode)
    .flatMap(({ tune: _, ...entry }) =>
      tune.lambdaEnc.flatMap((lambdaEnc) =>
        tune.lambdaDec.map((lambdaDec) => ({ ...entry, options: { ...entry.options, lambdaEnc, lambdaDec } })),
      ),
    );
  return { ...config, schemes, S: tune.S === undefined ? config.S : [tune.S] };
}

/** The condition under which λ for `condition` is chosen. */
function tuningCondition(condition: Condition, S: number | undefined): Condition {
  return S === undefined || condition.S === undefined ? condition : { ...condition, S };
}

/** The best cell of a grid; of several equal ones the first, that is the one with the smallest λ. */
function best(cells: readonly CellTrials[], metric: 'mse' | 'relacc'): Omit<TunedChoice, 'condition' | 'label'> {
  const sign = metric === 'mse' ? 1 : -1;
  let chosen: { cell: CellTrials; mean: number; sem: number; n: number } | undefined;
  for (const cell of cells) {
    const summary = summarise(cell.values.get(metric)!);
    if (!Number.isNaN(summary.mean) && (!chosen || sign * summary.mean < sign * chosen.mean))
      chosen = { cell, ...summary };
  }
  if (!chosen) throw new Error(`no tuning trial has a defined ${metric}`);
  const lambda = (column: 'lambda_enc' | 'lambda_dec') => Number(chosen!.cell.key[keyColumns.indexOf(column)]);
  return {
    lambdaEnc: lambda('lambda_enc'),
    lambdaDec: lambda('lambda_dec'),
    metric,
    mean: chosen.mean,
    sem: chosen.sem,
    trials: chosen.n,
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
 * The λ that an earlier run chose.
 * @param file its `manifest.json`
 * @throws UserError when the file is none, or holds no choices
 */
export function readTunedChoices(file: string): TunedChoice[] {
  const manifest = readManifest(path.dirname(file));
  if (!Array.isArray(manifest.tuned)) throw new UserError(`${file}: that run tuned no λ`);
  return manifest.tuned as TunedChoice[];
}
