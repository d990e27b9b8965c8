import { expandConditions } from '../../coded/conditions.ts';
import { type OpenTrials, openTrials, type StageSpec } from '../../coded/open.ts';
import { type LambdaPair, makePlan, tunedKey } from '../../coded/plan.ts';
import { shardUnits } from '../../runs/experiment.ts';
import { seconds } from '../../util/clock.ts';
import { formatDuration } from '../../util/units.ts';
import type { Estimate, EstimateContext, RunContext } from '../kind.ts';
import { checkMeasurable, checkReference, type ExperimentConfig } from './config.ts';
import { gridOf, type LambdaGrid, tuneModes, tuningTrials } from './tuning.ts';

/** Parts of a run, in the order in which they come. */
type StageName = 'tuning' | 'refining' | 'trials';

/** What a run would do, and how long it would take on this machine. */
export interface RunEstimate {
  /** Of the report, or of the λ grid where only that is run. */
  readonly cells: number;
  readonly codedBatches: number;
  /** Trials of each stage, in the order in which they run. */
  readonly stages: readonly { readonly name: StageName; readonly trials: number }[];
  /** Points through the models, over all stages. */
  readonly inferences: number;
  readonly decodes: number;
  readonly seconds: number;
  /** Trials that were run to know this. */
  readonly calibrationTrials: number;
}

export interface EstimateOptions {
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly jobs: number;
  /** Trials of the report: those of a shard are fewer than the config's; 0 for the search of λ alone. */
  readonly trials: number;
  /** False when λ comes from an earlier run. */
  readonly tunes: boolean;
}

/** What `run --dry-run` says of an inference experiment. */
export async function estimateInference(
  config: ExperimentConfig,
  { folder, jobs, shard, tuned, searchOnly = false }: RunContext & EstimateContext,
): Promise<Estimate> {
  const units = Array.from({ length: config.trials }, (_, trial) => String(trial));
  const estimate = await estimateRun(config, {
    folder,
    jobs,
    trials: searchOnly ? 0 : shardUnits(units, shard).length,
    tunes: tuned === undefined,
  });
  // a shard computes all of its trials
  const isMost = config.until !== undefined && !shard;
  const most = isMost ? 'at most ' : '';
  const stages = estimate.stages.map(({ name, trials }) =>
    name === 'trials' ? `${most}${trials}` : `${trials} for ${name}`,
  );
  return {
    json: {
      experiment: config.name,
      ...estimate,
      stages: estimate.stages.map((stage) => (isMost && stage.name === 'trials' ? { ...stage, atMost: true } : stage)),
      jobs,
    },
    lines: [
      ['experiment', config.name],
      ['cells', estimate.cells],
      ['trials', stages.join(', then ') || 'none in this shard'],
      ['coded batches', `${estimate.codedBatches} a trial`],
      ['inferences', estimate.inferences],
      ['decodes', estimate.decodes],
      [
        'time',
        `${most}about ${formatDuration(estimate.seconds)} with ${jobs} jobs (from ${estimate.calibrationTrials} trials just measured)`,
      ],
    ],
  };
}

/** How long to measure each stage for, in seconds; one trial at least. */
const calibrationSeconds = 1;

/**
 * Runs a few trials of each stage, throws their results away, and scales up. What tuning will find is not known: it is
 * taken to find another λ_enc for every condition, as far as the grid has so many, and to refine around a different pair for each.
 */
export async function estimateRun(config: ExperimentConfig, options: EstimateOptions): Promise<RunEstimate> {
  const { folder, jobs } = options;
  const stages = [
    ...(options.tunes ? tuningStages(config) : []),
    ...(options.trials > 0
      ? [{ name: 'trials' as const, config, trials: options.trials, tuned: likelyPairs(config) }]
      : []),
  ];
  const parts: (Calibration & { name: StageName; trials: number; cells: number; codedBatches: number })[] = [];
  let listing: StageSpec['listing'];
  let calibrated: StageSpec['calibrated'];
  let openingSeconds = 0;
  for (const { name, trials, ...spec } of stages) {
    const began = seconds();
    const opened = await openTrials({ ...spec, folder, purpose: 'report', listing, calibrated });
    ({ calibrated } = opened);
    listing = opened.dataset.listing;
    openingSeconds += seconds() - began;
    const { cells, codedBatches } = opened.plan;
    try {
      checkMeasurable(config, opened.dataset, opened.model);
      if (name === 'trials') checkReference(config, opened.plan);
      const calibration = await calibrate(opened, trials);
      parts.push({ ...calibration, name, trials, cells: cells.length, codedBatches: codedBatches.length });
    } finally {
      await opened.close();
    }
  }
  const nothing = makePlan(config); // a shard may have no trial
  const shown = parts.find(({ name }) => name === 'trials') ??
    parts[0] ?? { cells: nothing.cells.length, codedBatches: nothing.codedBatches.length };
  const total = (of: (part: (typeof parts)[number]) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  return {
    cells: shown.cells,
    codedBatches: shown.codedBatches,
    stages: parts.map(({ name, trials }) => ({ name, trials })),
    inferences: Math.round(total(({ trials, inferencesEach }) => trials * inferencesEach)),
    decodes: total(({ trials, cells }) => trials * cells * (config.patterns ?? 1)),
    seconds: openingSeconds + total(({ trials, secondsEach }) => Math.ceil(trials / jobs) * secondsEach),
    calibrationTrials: total(({ measured }) => measured),
  };
}

interface Calibration {
  /** Trials that the means are over. */
  readonly measured: number;
  readonly secondsEach: number;
  readonly inferencesEach: number;
}

/** Means over a few trials. A first trial that is short is a warm-up: code is compiled, buffers are made. */
async function calibrate(opened: OpenTrials, most: number): Promise<Calibration> {
  const before = seconds();
  const opening = opened.inferred(); // a scheme may have tried its options
  await opened.run([0]);
  const first = seconds() - before;
  if (first > calibrationSeconds)
    return { measured: 1, secondsEach: first, inferencesEach: opened.inferred() - opening };
  const start = seconds();
  let trials = 0;
  do await opened.run([++trials]);
  while (seconds() - start < calibrationSeconds && trials < most);
  return {
    measured: trials,
    secondsEach: (seconds() - start) / trials,
    inferencesEach: (opened.inferred() - opening) / (trials + 1),
  };
}

interface TuningStage {
  readonly name: StageName;
  readonly config: ExperimentConfig;
  readonly trials: number;
  readonly tuned: StageSpec['tuned'];
}

/** The stages of tuning: the grid of `tune`, and its refinements, which try up to three new λ of each kind around a best pair. */
function tuningStages(config: ExperimentConfig): TuningStage[] {
  return tuneModes(config).flatMap((mode) => {
    const entries = config.schemes.filter((entry) => entry.tune === mode).length;
    const tune = config.tune!;
    const trials = tuningTrials(config, mode);
    const conditions = expandConditions(gridOf(config, mode, tune)).length;
    const around = Array.from({ length: 3 * conditions * entries }, (_, i) => 10 ** -i);
    const refinement = { lambdaEnc: around, lambdaDec: around };
    const grids: LambdaGrid[] = [tune, ...new Array<LambdaGrid>(tune.refine).fill(refinement)];
    return grids.map((grid, round) => ({
      name: round === 0 ? 'tuning' : 'refining',
      config: gridOf(config, mode, grid),
      trials,
      tuned: [],
    }));
  });
}

/** A pair of the grid for every tuned entry and condition, with as many different λ_enc as there can be. */
function likelyPairs(config: ExperimentConfig): (readonly [string, LambdaPair])[] {
  const { lambdaEnc = [], lambdaDec = [], S } = config.tune ?? {};
  const entries = config.schemes.filter(({ tune }) => tune);
  return expandConditions(config).flatMap((_, condition) =>
    entries.map(({ label }): readonly [string, LambdaPair] => {
      // tuned at one S: one pair for all
      const place = lambdaEnc.length - 1 - (S === undefined ? condition % lambdaEnc.length : 0);
      return [tunedKey(condition, label), { lambdaEnc: lambdaEnc[place]!, lambdaDec: lambdaDec.at(-1)! }];
    }),
  );
}
