import path from 'node:path';
import { checkSetUp } from '../../coded/set-up.ts';
import { faultOf } from '../../config/issues.ts';
import { tableOptions } from '../../results/manifest.ts';
import { files } from '../../results/schema.ts';
import { pairedCsv } from '../../results/summaries.ts';
import type { Experiment } from '../../runs/experiment.ts';
import { writeTables } from '../../tables/files.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { moduleUrl } from '../../util/folders.ts';
import type { RunContext } from '../kind.ts';
import { cellKey, cellPrefixes, servingCells, servingUnits } from './cells.ts';
import type { ServingConfig } from './config.ts';
import { type UnitMetric, type UnitValues, unitFormat } from './format.ts';
import { cellLoads, distributionCsv, latencyCsv, loadSummaryCsv } from './results.ts';
import { tableText } from './table.ts';
import { open, openServing, type ServingSpec } from './unit.ts';

/** Metrics of which schemes are compared pair by pair. */
const compared: readonly UnitMetric[] = ['accuracy', 'p50_s', 'p99_s', 'p999_s', 'worker_s'];

/** Requests from which a unit takes seconds. */
const longRun = 200_000;

/** A serving experiment as `runs/` carries it out: one stage, whose units are the runs of load points. */
export function servingExperiment(config: ServingConfig, { folder, written }: RunContext): Experiment<UnitValues> {
  const cells = servingCells(config);
  const units = servingUnits(cells, config.trials);
  const spec: ServingSpec = { config, folder };
  const plain = plainConfig(config);
  return {
    name: config.name,
    config: plain,
    written,
    seed: config.seed,
    trials: config.trials,
    async identify() {
      const { model, workerModels, dataset } = await openServing(spec);
      const models = [model, ...workerModels.values()];
      try {
        const setUp = { spec: config.model, model, dataset, output: [config.output] };
        return {
          models: Object.fromEntries(models.map(({ name, sha256: digest }) => [name, digest])),
          data: { [dataset.name]: dataset.sha256 },
          runtimes: Object.fromEntries(models.map(({ name, runtime }) => [name, runtime])),
          warnings: (await faultOf(['model'], () => checkSetUp(setUp))).warnings,
        };
      } finally {
        await Promise.all(models.map((opened) => opened.dispose()));
      }
    },
    stage: (identity) => ({
      name: 'load points',
      folder: '',
      units: units.map(({ id }) => id),
      format: unitFormat(cellPrefixes(keysOf(config, identity)), units, config.clock !== undefined),
      open: () => open(spec),
      remote: { module: moduleUrl('kinds/serving/unit.js').href, spec },
      oneAtATime: config.clock !== undefined,
      mayTakeLong: !config.clock && config.load.requests > longRun,
    }),
    conclude(out, identity, _details, results) {
      const loads = cellLoads(cells, keysOf(config, identity), config.trials, results);
      const texts = {
        [files.summary]: loadSummaryCsv(loads),
        [files.paired]: pairedCsv(loads, compared),
        [files.latency]: latencyCsv(config, loads),
        [files.distribution]: distributionCsv(loads),
      };
      for (const [name, text] of Object.entries(texts)) writeWhole(path.join(out, name), text);
      writeTables(out, tableOptions({ config: plain }));
      // that of serving has latencies, a part a load point
      writeWhole(path.join(out, files.tableMarkdown), tableText(config, namesOf(identity), loads));
      return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]));
    },
  };
}

/** The config as it stands in a manifest. */
export function plainConfig(config: ServingConfig): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(config));
}

interface Named {
  readonly models: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** The first model is the base model. */
function namesOf({ models, data }: Named) {
  return { model: Object.keys(models)[0]!, dataset: Object.keys(data)[0]! };
}

function keysOf(config: ServingConfig, identity: Named): string[][] {
  return servingCells(config).map((cell) => cellKey(config, namesOf(identity), cell));
}
