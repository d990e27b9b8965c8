import { ConfigIssue, faultOf } from '../config/issues.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { openDataset } from '../datasets/registry.ts';
import type { ExperimentConfig } from '../kinds/inference/config.ts';
import { planMetrics } from '../kinds/inference/rows.ts';
import type { MetricName } from '../metrics/table.ts';
import type { Model } from '../models/model.ts';
import { openParityModel } from '../models/parity.ts';
import { checkFits, openModel } from '../models/registry.ts';
import { type ImagePool, imagePool } from './draw.ts';
import { type LambdaPair, makePlan, type Plan } from './plan.ts';
import { type TrialResult, trialRunner } from './trial.ts';

/** What the trials of a stage follow from: plain data, so that it can be sent to a worker thread. */
export interface StageSpec {
  readonly config: ExperimentConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly purpose: ImagePool['purpose'];
  /** λ of the tuned entries. */
  readonly tuned: readonly (readonly [string, LambdaPair])[];
}

/** A stage whose model and data are open. */
export interface OpenTrials {
  readonly plan: Plan;
  readonly model: Model;
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
  readonly metricNames: readonly MetricName[];
  run(trial: number): Promise<TrialResult>;
  /** Points that went through the models so far. */
  inferred(): number;
  close(): Promise<void>;
}

/** Opens model and data of a stage. @throws UserError when they do not fit each other or the plan */
export async function openTrials({ config, folder, purpose, tuned }: StageSpec): Promise<OpenTrials> {
  const plan = makePlan(config, new Map(tuned));
  let inferred = 0;
  const counted = (opened: Model): Model => ({
    ...opened,
    infer(points, count) {
      inferred += count;
      return opened.infer(points, count);
    },
  });
  const [model, dataset] = await Promise.all([
    faultOf(['model'], async () => counted(await openModel(config.model, { folder }))),
    faultOf(['dataset'], () => openDataset(config.dataset, { folder })),
  ]);
  faultOf(['model'], () => checkFits(model, dataset));
  const images = imagePool(purpose, config.tune !== undefined, dataset.length);
  const largestK = Math.max(...config.K);
  if (largestK > images.size) {
    const part =
      images.size < dataset.length ? ` (those kept ${purpose === 'tune' ? 'for tuning' : 'from tuning'})` : '';
    throw new ConfigIssue(
      ['K'],
      `K = ${largestK} queries cannot be drawn from the ${images.size} points of ${dataset.name}${part}`,
    );
  }
  const workerModels = new Map<string, Model>();
  for (const { codec } of plan.codedBatches) {
    for (const name of codec.encoder.workerModels?.values() ?? []) {
      if (!workerModels.has(name))
        workerModels.set(name, counted(await faultOf(['schemes'], () => openParityModel(name, model, { folder }))));
    }
  }
  const metricNames = planMetrics(plan);
  return {
    plan,
    model,
    workerModels,
    dataset,
    metricNames,
    run: trialRunner({ config, plan, model, workerModels, dataset, images, metricNames }),
    inferred: () => inferred,
    async close() {
      await Promise.all([model, ...workerModels.values()].map((opened) => opened.dispose()));
    },
  };
}
