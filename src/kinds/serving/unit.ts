import { faultOf } from '../../config/issues.ts';
import { openDataset } from '../../datasets/registry.ts';
import type { Model } from '../../models/model.ts';
import { openParityModel } from '../../models/parity.ts';
import { checkFits, openModel } from '../../models/registry.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import { answerSource } from './answer-source.ts';
import { qualityOf } from './answers.ts';
import { deployedCell, servingCells, servingUnits } from './cells.ts';
import type { ServingConfig } from './config.ts';
import type { UnitValues } from './format.ts';
import { liveCell, openServers } from './live.ts';
import { unitValues } from './measures.ts';
import { simulateCell } from './run.ts';

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
  const { clock } = config;
  const endpoints = clock && 'endpoints' in clock ? clock.endpoints : undefined;
  const servers =
    clock &&
    (await openServers({ endpoints, dilation: clock.dilation }, { spec: config.model, folder: spec.folder }, model));
  return {
    async run(id, watch) {
      const { cell: place, trial } = units.get(id)!;
      const cell = cells[place]!;
      const deployed = deployedCell(config, cell);
      const { record, live } =
        clock && servers
          ? await liveCell({ config, clock, cell, deployed, trial, source, servers, signal: watch?.signal })
          : { record: simulateCell(config, config.service!, cell, deployed, trial), live: undefined };
      const quality = await qualityOf(deployed, record.snapshots, source, trial, seed);
      return { result: unitValues(record, quality, config.decode.deadline, live), failures: [] };
    },
    async close() {
      await servers?.close();
      await Promise.all([model, ...workerModels.values()].map((opened) => opened.dispose()));
    },
  };
}
