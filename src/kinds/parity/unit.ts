import path from 'node:path';
import type { Model } from '../../models/model.ts';
import { openOnnx } from '../../models/onnx.ts';
import { openModel } from '../../models/registry.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import { openParityData, type ParityData } from './data.ts';
import { type Losses, modelFiles, type Network } from './format.ts';
import type { ParityConfig } from './schema.ts';
import { baseName, type TrainingHooks, trainBase, trainParity } from './train.ts';

/** What the units of a stage need; plain data. */
export interface UnitSpec {
  readonly config: ParityConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  /** Folder of the run: checkpoints are kept in it, and a base model that was trained here. */
  readonly out: string;
}

/** What is open already in this thread. */
export interface OpenedTraining {
  readonly data: ParityData;
  readonly onEpoch: TrainingHooks['onEpoch'];
}

/** Trains networks; a unit is one, by its name in `lossFiles`. */
export async function open(spec: UnitSpec, opened?: OpenedTraining): Promise<UnitRunner<Losses>> {
  const { config, folder, out } = spec;
  const data = opened?.data ?? (await openParityData(config, folder));
  return {
    async run(unit, watch) {
      const hooks: TrainingHooks = {
        checkpoints: path.join(out, 'checkpoints'),
        signal: watch?.signal,
        onEpoch(model, epoch, epochs, loss) {
          watch?.onPart?.(epoch);
          opened?.onEpoch(model, epoch, epochs, loss);
        },
      };
      const { files, ...result } = await trainUnit(unit as Network, data, spec, hooks);
      return { result, failures: [], files };
    },
    async close() {},
  };
}

async function trainUnit(network: Network, data: ParityData, spec: UnitSpec, hooks: TrainingHooks) {
  if (network === 'base') return trainBase(data, spec.config, hooks);
  const base = await openBase(spec);
  try {
    return await trainParity(data, base, spec.config, hooks);
  } finally {
    await base.dispose();
  }
}

/** The base model: that of the config, or the one that was trained here. */
function openBase({ config, folder, out }: UnitSpec): Promise<Model> {
  if (config.model) return openModel(config.model, { folder });
  const name = baseName(config);
  return openOnnx(path.join(out, modelFiles(name).onnx), name);
}
