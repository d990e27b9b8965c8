import { ConfigIssue, faultOf } from '../config/issues.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { ImageListing } from '../datasets/image-listing.ts';
import { checkLabels } from '../datasets/labels.ts';
import { openDataset } from '../datasets/registry.ts';
import type { MetricName } from '../metrics/table.ts';
import { DeviceFault } from '../models/devices.ts';
import type { Model } from '../models/model.ts';
import { openParityModel } from '../models/parity.ts';
import { checkFits, openModel } from '../models/registry.ts';
import { UserError } from '../util/errors.ts';
import type { AnswerGroup, AnswerStore } from '../workers/answers.ts';
import { sessionWorkers } from '../workers/session.ts';
import { storedWorkers } from '../workers/stored.ts';
import { type Calibrated, type Choices, calibrate, needsCalibration, withoutCalibration } from './calibrate.ts';
import type { CodedConfig } from './config.ts';
import { type ImagePool, imagePool } from './draw.ts';
import { planMetrics } from './measure.ts';
import { type OpenPlan, openPlan } from './outside.ts';
import { type LambdaPair, makePlan, type Plan } from './plan.ts';
import { contractsFrom, queryAnswers, recallFrom } from './recall.ts';
import type { TrialResult } from './record.ts';
import { inferringOnce, isRowwise, repeats } from './seen.ts';
import { blockRunner, type TrialContext } from './trial.ts';

/** What the trials of a stage follow from: plain data, so that it can be sent to a worker thread. */
export interface StageSpec {
  readonly config: CodedConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly purpose: ImagePool['purpose'];
  /** λ of the tuned entries. */
  readonly tuned: readonly (readonly [string, LambdaPair])[];
  /** What an earlier opening of the data found out, so that it is found out once a run. */
  readonly listing?: ImageListing | undefined;
  /** The same of the model. */
  readonly contract?: Model['contract'] | undefined;
  /** What calibrations chose. */
  readonly calibrated?: Choices | undefined;
  /** `OpenTrials.digests` of an earlier opening of the same run. */
  readonly digests?: Readonly<Record<string, string>> | undefined;
}

/** What looks at the trials of a stage; not plain data, so it stays in its thread. */
type Watch = TrialContext['watch'];

/** A stage whose model and data are open. */
export interface OpenTrials {
  readonly plan: Plan;
  readonly model: Model;
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
  readonly metricNames: readonly MetricName[];
  readonly calibrated: Choices;
  /** Where what `checkSetUp` sees is kept. */
  readonly setUp: AnswerGroup | undefined;
  /** SHA-256 of the files of schemes from outside. */
  readonly schemeDigests: Readonly<Record<string, string>>;
  /** SHA-256 of all that was opened, by what it is. */
  readonly digests: Readonly<Record<string, string>>;
  /** Lines that people should read before they believe the results. */
  readonly warnings: readonly string[];
  /** What calibrations chose, a line a cell. */
  readonly notes: readonly string[];
  /** @returns a result for each trial, in their order */
  run(trials: readonly number[]): Promise<TrialResult[]>;
  /** Points that went through the models so far. */
  inferred(): number;
  /** Points whose answers were read from the store instead. */
  saved(): number;
  close(): Promise<void>;
}

/**
 * Opens model and data of a stage.
 * @param store where answers are kept, if anywhere
 * @throws UserError when they do not fit each other or the plan
 */
export async function openTrials(spec: StageSpec, store?: AnswerStore, watch?: Watch): Promise<OpenTrials> {
  const { config, folder, tuned } = spec;
  const planned = makePlan(config, new Map(tuned));
  const count = counter();
  const found = requireSame(spec.digests);
  const opened = await openModelAndData(spec, store, count, found);
  const outside = await openPlan(planned, folder, { model: opened.model, output: config.output });
  try {
    for (const [file, digest] of Object.entries(outside.digests))
      found.add(`scheme ${file}`, digest, { cure: 'start anew, or name no file in command: that the program writes' });
    return await openWith(outside, opened, spec, store, count, found, watch);
  } catch (error) {
    await outside.close();
    throw error;
  }
}

/** Counts the points that go through models. */
interface Counter {
  readonly inferred: () => number;
  counted(opened: Model): Model;
}

function counter(): Counter {
  let inferred = 0;
  return {
    inferred: () => inferred,
    counted: (opened) => ({
      ...opened,
      infer(points, count) {
        inferred += count;
        return opened.infer(points, count);
      },
      ...(opened.inferPrecisely && {
        inferPrecisely(points: Float64Array, count: number) {
          inferred += count;
          return opened.inferPrecisely!(points, count);
        },
      }),
    }),
  };
}

interface ModelAndData {
  readonly model: Model;
  readonly dataset: Dataset;
}

async function openModelAndData(
  { config, folder, listing, contract }: StageSpec,
  store: AnswerStore | undefined,
  { counted }: Counter,
  found: FoundDigests,
): Promise<ModelAndData> {
  const known = contract ? { find: () => contract, keep: () => {} } : store && contractsFrom(store);
  const opening = { device: config.device, known };
  const [model, dataset] = await Promise.all([
    faultOf(['model'], async () => counted(await openModel(config.model, { folder }, opening).catch(ofDevice))),
    faultOf(['dataset'], () => openDataset(config.dataset, { folder }, listing)),
  ]);
  found.add('model', model.sha256, { shown: `model ${model.name}` });
  found.add('dataset', dataset.sha256, { shown: `dataset ${dataset.name}` });
  return { model, dataset };
}

/** Takes the digests of what is opened. */
interface FoundDigests {
  readonly all: Readonly<Record<string, string>>;
  /**
   * @param what on every machine the same
   * @param words for people: the same, and what to do where it changed
   * @throws UserError when it had another digest when this run opened it before
   */
  add(what: string, digest: string, words?: { readonly shown?: string; readonly cure?: string }): void;
}

function requireSame(before: StageSpec['digests'] = {}): FoundDigests {
  const all: Record<string, string> = {};
  return {
    all,
    add(what, digest, { shown = what, cure = 'start anew' } = {}) {
      all[what] = digest;
      if ((before[what] ?? digest) !== digest)
        throw new UserError(`${shown} was changed while the run was under way; ${cure}`);
    },
  };
}

/** A device that is not here is a fault of `device:`, not of the model. */
function ofDevice(error: unknown): never {
  throw error instanceof DeviceFault ? new ConfigIssue(['device'], error.message) : error;
}

/** Whether a model's digest is of its bytes: of a server's nobody knows whether it answers as it did. */
function isKnown(model: StageSpec['config']['model']): boolean {
  return typeof model === 'string' || !('endpoint' in model);
}

async function openWith(
  outside: OpenPlan,
  { model, dataset }: ModelAndData,
  { config, folder, purpose, calibrated }: StageSpec,
  store: AnswerStore | undefined,
  { inferred, counted }: Counter,
  found: FoundDigests,
  watch: Watch,
): Promise<OpenTrials> {
  faultOf(['model'], () => checkFits(model, dataset));
  const warning = faultOf(['dataset'], () => checkLabels(dataset, model));
  if (!dataset.label && config.tune?.metric === 'relacc') {
    throw new ConfigIssue(
      ['tune', 'metric'],
      `dataset ${dataset.name} has no labels, so λ is tuned by mse, not relacc`,
    );
  }
  const calibrates = needsCalibration(outside.plan);
  const usual = imagePool(purpose, config.tune !== undefined, dataset.length);
  const images = calibrates ? withoutCalibration(usual, dataset.length) : usual;
  const largestK = Math.max(...config.K);
  if (largestK > images.size) {
    const part =
      images.size < dataset.length ? ` (those kept ${purpose === 'tune' ? 'for tuning' : 'from tuning'})` : '';
    throw new ConfigIssue(
      ['K'],
      `K = ${largestK} queries cannot be drawn from the ${images.size} points of ${dataset.name}${part}`,
    );
  }
  const { plan, choices, lines }: Calibrated = calibrates
    ? await calibrate(outside.plan, model, dataset, calibrated)
    : { plan: outside.plan, choices: [], lines: [] };
  const workerModels = new Map<string, Model>();
  const parityOpening = { device: config.device, known: store && contractsFrom(store) };
  for (const { encoder } of plan.codedBatches) {
    for (const name of encoder.workerModels?.values() ?? []) {
      if (workerModels.has(name)) continue;
      const parity = await faultOf(['schemes'], () => openParityModel(name, model, { folder }, parityOpening));
      found.add(`parity model ${name}`, parity.sha256);
      workerModels.set(name, counted(parity));
    }
  }
  const metricNames = planMetrics(plan);
  // a formula is quicker than a file, and its answers are doubles
  const recall =
    store && isKnown(config.model) && !model.inferPrecisely
      ? recallFrom(store, { spec: config, model, workerModels, dataset })
      : undefined;
  const session = sessionWorkers(model, workerModels);
  const trials = purpose === 'tune' ? (config.tune?.trials ?? 0) : config.trials;
  const infersOnce = isRowwise(config) && repeats(trials, largestK, images, dataset.length, model.outputs);
  return {
    plan,
    model,
    workerModels,
    dataset,
    metricNames,
    calibrated: choices,
    setUp: recall?.setUp,
    schemeDigests: outside.digests,
    digests: found.all,
    warnings: warning ? [warning] : [],
    notes: lines,
    run: blockRunner({
      config,
      plan,
      truth: queryAnswers(model, recall?.queries, infersOnce ? inferringOnce(model, dataset.length) : undefined),
      workers: recall ? storedWorkers(session, recall) : session,
      dataset,
      images,
      metricNames,
      outside,
      watch,
    }),
    inferred,
    saved: () => recall?.saved() ?? 0,
    async close() {
      await Promise.all([outside.close(), ...[model, ...workerModels.values()].map((opened) => opened.dispose())]);
    },
  };
}
