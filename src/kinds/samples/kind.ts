import path from 'node:path';
import { commandsOf } from '../../coded/outside.ts';
import { makePlan } from '../../coded/plan.ts';
import { sampleFigures } from '../../figures/contact-sheet.ts';
import { readSamples } from '../../results/samples.ts';
import { files } from '../../results/schema.ts';
import type { Kind } from '../kind.ts';
import { insteadOfTune, parseSamples, samplesJsonSchema } from './config.ts';
import { samplesExperiment } from './experiment.ts';

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** The points themselves: the queries of trial 0, and what each scheme sends to its workers. No model computes. */
export const samples: Kind = {
  name: 'samples',
  summary: 'the queries of one trial and the coded points that each scheme makes of them, as arrays and as a picture',
  insteadOfTune,
  jsonSchema: samplesJsonSchema,
  load(document) {
    const config = parseSamples(document);
    return {
      name: config.name,
      config: JSON.parse(JSON.stringify(config)),
      trials: config.trials,
      commands: commandsOf(config.schemes),
      outline() {
        const { codedBatches, warnings } = makePlan(config);
        return { cells: codedBatches.length, warnings };
      },
      experiment: (context) => samplesExperiment(config, context),
      async estimate() {
        const { codedBatches } = makePlan(config);
        const [queries, codedPoints] = [sum(config.K), sum(codedBatches.map(({ N }) => N))];
        return {
          json: { experiment: config.name, codedBatches: codedBatches.length, queries, codedPoints },
          lines: [
            ['experiment', config.name],
            ['coded batches', codedBatches.length],
            ['points', `${queries} queries and ${codedPoints} coded points`],
          ],
        };
      },
      details: () => ({}),
    };
  },
  figures: ({ folder, manifest }) => sampleFigures(readSamples(folder), manifest),
  resultText: (out) => `${path.join(out, files.samples)}\ndraw them by: approxifer ${files.figures} ${out}\n`,
};
