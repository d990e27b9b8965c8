import path from 'node:path';
import * as z from 'zod';
import { readManifest } from '../../results/read.ts';
import { readRunText } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';
import { UserError } from '../../util/errors.ts';
import type { Kind } from '../kind.ts';
import { estimateParity } from './estimate.ts';
import { baseOf, detailsOf, parityExperiment, undivided } from './experiment.ts';
import { parityFigures } from './figures.ts';
import { modelFiles } from './format.ts';
import { paritySchema, parseParity, trainingImages } from './schema.ts';
import { parityName } from './train.ts';

/** Trains a parity model of ParM, and before it a base model where the config names none. */
export const parity: Kind = {
  name: 'parity',
  summary: 'the training of a parity model of ParM for a base model, scored on every single lost query',
  insteadOfTune: 'kind: parity searches no λ: what a training can vary is under training: of its config',
  jsonSchema() {
    const { $schema: _, ...schema } = z.toJSONSchema(paritySchema, { io: 'input', unrepresentable: 'any' });
    return schema;
  },
  load(document) {
    const config = parseParity(document);
    return {
      name: config.name,
      config: JSON.parse(JSON.stringify(config)),
      trials: 1,
      outline() {
        trainingImages(config);
        return { cells: 1, warnings: [] };
      },
      experiment: (context) => parityExperiment(config, context),
      async estimate({ shard }) {
        if (shard) throw new UserError(`--shard: ${undivided}`);
        return estimateParity(config);
      },
      details: detailsOf,
    };
  },
  figures: ({ folder, manifest }) => parityFigures(folder, String(manifest.config.name)),
  resultText(out) {
    const manifest = readManifest(out);
    const model = parityName(baseOf(manifest).name, parseParity(manifest.config));
    return `${path.join(out, modelFiles(model).onnx)}\n\n${readRunText(out, files.tableMarkdown)}`;
  },
};
