import { commandsOf } from '../../coded/outside.ts';
import { makePlan } from '../../coded/plan.ts';
import { faultOf } from '../../config/issues.ts';
import { inferenceFigures } from '../../figures/choose.ts';
import { parseRequests } from '../../figures/request.ts';
import { readRunText } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';
import { pairedOfRun, pairedText } from '../../tables/paired.ts';
import type { Kind } from '../kind.ts';
import { checkReference, parseExperiment } from './config.ts';
import { estimateInference } from './estimate.ts';
import { detailsOfManifest, inferenceExperiment, searchExperiment, withLabelsOf } from './experiment.ts';
import { replayOf } from './replay.ts';
import { configJsonSchema } from './schema.ts';

/** Coded inference: paired trials of schemes that encode queries, lose answers and decode what came. */
export const inference: Kind = {
  name: 'inference',
  summary: 'paired trials of coded-inference schemes on a model and a data set',
  jsonSchema: configJsonSchema,
  load(document) {
    const config = parseExperiment(document);
    config.figures?.forEach((request, place) => {
      faultOf(['figures', place], () => parseRequests([request]));
    });
    return {
      name: config.name,
      config: JSON.parse(JSON.stringify(config)),
      trials: config.trials,
      commands: commandsOf(config.schemes),
      outline() {
        const plan = makePlan(config);
        checkReference(config, plan);
        const { cells, warnings } = plan;
        return { cells: cells.length, warnings };
      },
      experiment: (context) => inferenceExperiment(config, context),
      estimate: (context) => estimateInference(config, context),
      ...(config.schemes.some(({ tune }) => tune === true) && {
        search: (context) => searchExperiment(config, context),
      }),
      details: (manifest) => detailsOfManifest(config, manifest),
      replay(context, manifest) {
        const own = withLabelsOf(config, manifest);
        return replayOf(own, context, manifest, detailsOfManifest(own, manifest));
      },
    };
  },
  figures: ({ folder, manifest, rows, onMissing }) => inferenceFigures(folder, manifest, rows, onMissing),
  resultText(out) {
    const differences = pairedText(pairedOfRun(out), out);
    return `${readRunText(out, files.tableMarkdown)}${differences && `\n${differences}`}`;
  },
};
