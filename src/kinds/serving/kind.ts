import { checkNames } from '../../coded/check.ts';
import { ConfigIssue } from '../../config/issues.ts';
import { readRunText } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';
import { formatDuration } from '../../util/units.ts';
import type { Kind } from '../kind.ts';
import { deployedCell, servingCells } from './cells.ts';
import { parseServingConfig, type ServingConfig } from './config.ts';
import { estimateServing, overloads, realSeconds } from './estimate.ts';
import { plainConfig, servingExperiment } from './experiment.ts';
import { figuresOfServing } from './figures.ts';
import { servingJsonSchema } from './json-schema.ts';

function realClock(config: ServingConfig): string {
  return `clock: real servers in real time, at least ${formatDuration(realSeconds(config))}, one load point after the other; no two runs have the same times`;
}

/** Prediction serving under load: latency percentiles beside accuracy, for coded and plain schemes on equal workers. */
export const serving: Kind = {
  name: 'serving',
  summary: 'prediction serving under load: latency percentiles beside accuracy, simulated or live',
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
        for (const cell of cells.filter(({ rate }) => rate === config.load.rate[0])) {
          const { models } = deployedCell(config, cell);
          if (models.length > 1 && config.clock && 'endpoints' in config.clock)
            throw new ConfigIssue(
              ['schemes', cell.entry.item],
              `${cell.entry.label} needs workers with parity models, and endpoints serve one model; use clock: {local: …}`,
            );
        }
        return { cells: cells.length, warnings: [...overloads(config), ...(config.clock ? [realClock(config)] : [])] };
      },
      experiment: (context) => servingExperiment(config, context),
      estimate: (context) => estimateServing(config, context),
      details: () => ({}),
    };
  },
  figures: figuresOfServing,
  resultText: (out) => readRunText(out, files.tableMarkdown),
};
