import path from 'node:path';
import { type FileDigests, tableOptions } from '../../results/manifest.ts';
import { files } from '../../results/schema.ts';
import type { Experiment } from '../../runs/experiment.ts';
import { writeTables } from '../../tables/files.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { moduleUrl } from '../../util/folders.ts';
import type { RunContext } from '../kind.ts';
import { baselineOf, baselineOfManifest } from './baseline.ts';
import { cellKey, cellPrefixes, trainingCells, trainingUnits } from './cells.ts';
import type { TrainingConfig } from './config.ts';
import { openTwoClassData, type TwoClassData } from './data.ts';
import { iterationFormat, type TrainingRows } from './format.ts';
import { makeProblem, type Problem } from './problem.ts';
import { speedupsText } from './speedups.ts';
import { cellResults, summaryText } from './summary.ts';
import { tableText } from './table.ts';
import { open, type TrainingSpec } from './unit.ts';

/** A training experiment as `runs/` carries it out: one stage, whose units are the trainings. */
export function trainingExperiment(config: TrainingConfig, { folder, written }: RunContext): Experiment<TrainingRows> {
  const cells = trainingCells(config);
  const units = trainingUnits(cells, config.trials);
  const spec: TrainingSpec = { config, folder };
  const plain = plainConfig(config);
  // opened to learn what it is, then used by the trainings of this thread
  let data: TwoClassData | undefined;
  let problem: Problem | undefined;
  return {
    name: config.name,
    config: plain,
    written,
    seed: config.seed,
    trials: config.trials,
    async identify() {
      data = await openTwoClassData(config.dataset, { folder });
      return { models: {}, data: { [data.name]: data.sha256 } };
    },
    async prepare() {
      problem = makeProblem(data!, config.model.logisticRegression);
      return { baseline: baselineOf(config, problem) };
    },
    stage: (identity) => ({
      name: 'trainings',
      folder: '',
      units: units.map(({ id }) => id),
      format: iterationFormat(
        cells,
        cellPrefixes(config, datasetName(identity), cells),
        new Map(units.map((unit) => [unit.id, unit])),
      ),
      open: () => open(spec, problem),
      remote: { module: moduleUrl('kinds/training/unit.js').href, spec },
      oneAtATime: measuresTime(config),
    }),
    conclude(out, identity, details, results) {
      const dataset = datasetName(identity);
      const baseline = baselineOfManifest(details);
      const keys = cells.map((cell) => cellKey(config, dataset, cell));
      const byCell = cellResults(cells, keys, config.trials, results);
      const texts = { [files.summary]: summaryText(byCell, baseline), 'speedups.csv': speedupsText(byCell) };
      for (const [name, text] of Object.entries(texts)) writeWhole(path.join(out, name), text);
      writeTables(out, tableOptions({ config: plain }));
      // that of a training also says what was trained and how each cell ended
      writeWhole(path.join(out, files.tableMarkdown), tableText(config, dataset, baseline, byCell));
      return digestsOf(texts);
    },
  };
}

/** The config as it stands in a manifest. */
export function plainConfig(config: TrainingConfig): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(config));
}

/** Whether trainings time real threads, N a training: two at once would take each other's cores. */
export function measuresTime({ stragglers }: TrainingConfig): boolean {
  return stragglers.clock.includes('threads');
}

function datasetName({ data }: { readonly data: Readonly<Record<string, string>> }): string {
  return Object.keys(data)[0]!;
}

function digestsOf(texts: Readonly<Record<string, string>>): FileDigests {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]));
}
