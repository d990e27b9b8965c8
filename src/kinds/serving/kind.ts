import { checkNames } from '../../coded/check.ts';
import { readRunText } from '../../results/read.ts';
import { files } from '../../results/schema.ts';
import type { Kind } from '../kind.ts';
import { deployedCell, servingCells } from './cells.ts';
import { parseServingConfig } from './config.ts';
import { estimateServing, overloads } from './estimate.ts';
import { plainConfig, servingExperiment } from './experiment.ts';
import { figuresOfServing } from './figures.ts';
import { servingJsonSchema } from './json-schema.ts';

/** Prediction serving under load: latency percentiles beside accuracy, for coded and plain schemes on equal workers. */
export const serving: Kind = {
  name: 'serving',
  summary: 'prediction serving under load: latency percentiles beside accuracy, on a simulated clock',
  insteadOfTune: 'kind: serving has no λ to search; tune with kind: inference and give lambdaEnc and lambdaDec',
  jsonSchema: servingJsonSchema,
  load(document) {
    const config = parseServingConfig(document);
    return {
      name: config.name,
      config: plainConfig(config),
      trials: config.trials,
      outline() {
        checkNames({ ...config, K: [config.K] });
        const cells = servingCells(config);
        // what a load point asks of its scheme does not depend on the rate
        for (const cell of cells) if (cell.rate === config.load.rate[0]) deployedCell(config, cell);
        return { cells: cells.length, warnings: overloads(config) };
      },
      experiment: (context) => servingExperiment(config, context),
      estimate: (context) => estimateServing(config, context),
      details: () => ({}),
    };
  },
  figures: figuresOfServing,
  resultText: (out) => readRunText(out, files.tableMarkdown),
};
