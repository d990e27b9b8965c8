import { readRunText } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';
import type { Kind } from '../kind.ts';
import { baselineOfManifest } from './baseline.ts';
import { trainingCells } from './cells.ts';
import { parseTrainingConfig } from './config.ts';
import { estimateTraining } from './estimate.ts';
import { measuresTime, plainConfig, trainingExperiment } from './experiment.ts';
import { figuresOfTraining } from './figures.ts';
import { trainingJsonSchema } from './json-schema.ts';

/** Distributed training: LCC, static VCC and AVCC on logistic regression, over a prime field. */
export const training: Kind = {
  name: 'training',
  summary: 'distributed logistic regression with LCC, static VCC and AVCC under stragglers and wrong answers',
  insteadOfTune:
    'kind: training has no λ to search; give lists of K, N, S, E or stragglers.slowdown, and compare the rows of its table',
  jsonSchema: trainingJsonSchema,
  load(document) {
    const config = parseTrainingConfig(document);
    return {
      name: config.name,
      config: plainConfig(config),
      trials: config.trials,
      outline: () => ({ cells: trainingCells(config).length, warnings: measuresTime(config) ? [threadsWarning] : [] }),
      experiment: (context) => trainingExperiment(config, context),
      estimate: (context) => estimateTraining(config, context),
      details: (manifest) => ({ baseline: baselineOfManifest(manifest) }),
    };
  },
  figures: figuresOfTraining,
  resultText: (out) => readRunText(out, files.tableMarkdown),
};

const threadsWarning =
  "clock: threads measures this machine: trainings run one at a time whatever --jobs says, since two would take each other's cores, and no two runs have the same times";
