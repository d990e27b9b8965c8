import { faultOf } from '../../config/issues.ts';
import { openDataset } from '../../datasets/registry.ts';
import type { Model } from '../../models/model.ts';
import { openParityModel } from '../../models/parity.ts';
import { checkFits, openModel } from '../../models/registry.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import type { Deployment } from '../../serving/dispatcher.ts';
import { arrivalTimes, serviceTimes } from '../../serving/load.ts';
import { type Load, simulate } from '../../serving/simulate.ts';
import { randomStream } from '../../util/random.ts';
import { answerSource } from './answer-source.ts';
import { qualityOf } from './answers.ts';
import { deployedCell, type ServingCell, servingCells, servingUnits } from './cells.ts';
import type { ServingConfig } from './config.ts';
import type { Deployed } from './deployed.ts';
import type { UnitValues } from './format.ts';
import { unitValues } from './measures.ts';
import { recorder, type ServingRecord } from './recorder.ts';

/** What the units of an experiment follow from: plain data, for other threads. */
export interface ServingSpec {
  readonly config: ServingConfig;
  /** Folder that paths of the config start from. */
  readonly folder: string;
}

/** Opens model and data of a serving experiment. @throws UserError when they do not fit each other */
export async function openServing({ config, folder }: ServingSpec) {
  const [model, dataset] = await Promise.all([
    faultOf(['model'], () => openModel(config.model, { folder })),
    faultOf(['dataset'], () => openDataset(config.dataset, { folder })),
  ]);
  faultOf(['model'], () => checkFits(model, dataset));
  const workerModels = new Map<string, Model>();
  for (const cell of servingCells(config))
    for (const { codec } of deployedCell(config, cell).parts)
      for (const name of codec.encoder.workerModels?.values() ?? [])
        if (!workerModels.has(name))
          workerModels.set(
            name,
            await faultOf(['schemes', cell.entry.item], () => openParityModel(name, model, { folder })),
          );
  return { model, dataset, workerModels };
}

/** Opens what the runs of load points need, in this thread. */
export async function open(spec: ServingSpec): Promise<UnitRunner<UnitValues>> {
  const { config } = spec;
  const { model, dataset, workerModels } = await openServing(spec);
  const cells = servingCells(config);
  const units = new Map(servingUnits(cells, config.trials).map((unit) => [unit.id, unit]));
  const { K, seed, output } = config;
  const { batches } = config.accuracy;
  const source = answerSource({ model, workerModels, dataset, output, K, seed, batches });
  return {
    async run(id) {
      const { cell, trial } = units.get(id)!;
      const deployed = deployedCell(config, cells[cell]!);
      const record = simulateCell(config, cells[cell]!, deployed, trial);
      const quality = await qualityOf(deployed, record.snapshots, source, trial, seed);
      return { result: unitValues(record, quality, config.decode.deadline), failures: [] };
    },
    async close() {
      await Promise.all([model, ...workerModels.values()].map((opened) => opened.dispose()));
    },
  };
}

/** A run of a load point on the simulated clock. Draws are the same for every scheme, need and rate of a trial. */
export function simulateCell(
  config: ServingConfig,
  cell: ServingCell,
  deployed: Deployed,
  trial: number,
): ServingRecord {
  const { load } = config;
  const { requests, warmup } = load;
  const keys = [config.seed, 'serving', trial];
  const arrivals = arrivalTimes(load.arrivals, cell.rate, requests, randomStream(...keys, 'arrivals'));
  const service = serviceTimes(config.service, config.slow, cell.workers, keys);
  const single = load.queries < config.K;
  const perBatch = single ? config.K : 1;
  const samples = Math.min(
    config.accuracy.batches * (config.K / deployed.code.K),
    Math.floor(((requests - warmup) * (config.K / deployed.code.K)) / perBatch),
  );
  const books = recorder({ deployed, arrivals, warmup, samples });
  const timing: Load = { arrivals, service, abortCost: config.cancelCost };
  simulate(deployed.code, deploymentOf(config, cell, deployed), timing, (clock, dispatcher) =>
    books.listener(clock, dispatcher, single),
  );
  return books.record();
}

/** How the workers of a cell are used. */
export function deploymentOf(config: ServingConfig, { entry }: ServingCell, { pools }: Deployed): Deployment {
  const { dispatch, cancel, decode, load, K } = config;
  return {
    pools,
    dispatch,
    cancel,
    deadline: decode.deadline,
    hedge: entry.hedge,
    wait: load.queries < K ? load.wait : undefined,
  };
}
