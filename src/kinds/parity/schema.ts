import * as z from 'zod';
import { ConfigIssue, faultOf, parseWith } from '../../config/issues.ts';
import { datasetEntry, datasets } from '../../datasets/registry.ts';
import { modelSpecSchema } from '../../models/spec.ts';
import { architectures } from '../../models/train/network.ts';

/** A config of `kind: parity`: trains a parity model of ParM. */
export const paritySchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'use letters, digits, ".", "_" and "-": the name becomes a folder'),
  kind: z.literal('parity'),
  model: modelSpecSchema
    .optional()
    .meta({ description: 'the base model; absent: one of the same architecture is trained first' }),
  dataset: z.string().meta({ description: 'a data set with a training part <dataset>-train' }),
  K: z.int().min(2).meta({ description: 'queries in a coding group' }),
  seed: z.int().min(0).default(1).meta({ description: 'of weights and batches' }),
  training: z
    .strictObject({
      architecture: z.enum(architectures).default('mlp').meta({ description: 'network of the parity model' }),
      code: z
        .enum(['addition', 'concatenation'])
        .default('addition')
        .meta({ description: 'addition: the sum of the queries; concatenation: their down-sampled images in one' }),
      row: z.int().min(0).max(7).default(0).meta({ description: 'which parity: coefficients (i+1)^row' }),
      epochs: z.int().min(1).default(20).meta({ description: 'of the parity model' }),
      baseEpochs: z.int().min(1).default(10).meta({ description: 'of the base model, where one is trained' }),
      batch: z.int().min(1).default(64).meta({ description: 'coding groups in a step' }),
      learningRate: z.number().positive().default(1e-3).meta({ description: 'of Adam' }),
      weightDecay: z.number().min(0).default(1e-5).meta({ description: 'factor of the squared weights' }),
    })
    .prefault({})
    .meta({ description: 'how the parity model is trained' }),
});
export type ParityConfig = z.output<typeof paritySchema>;

/**
 * Validates the config of a parity training.
 * @throws ConfigIssue for the first fault
 */
export function parseParity(document: unknown): ParityConfig {
  const config = parseWith(paritySchema, document, []);
  if (config.training.code === 'concatenation' && config.training.row > 0) {
    throw new ConfigIssue(['training', 'row'], 'the concatenation code has one parity: row must be 0');
  }
  return config;
}

/** The name of the training part of a config's data set. */
export function trainingPart({ dataset }: ParityConfig): string {
  return `${dataset}-train`;
}

/**
 * Checks that a config's data set is known, without opening it.
 * @returns how many images there are to train on
 * @throws ConfigIssue with the nearest name
 */
export function trainingImages(config: ParityConfig): number {
  return faultOf(['dataset'], () => {
    datasetEntry(config.dataset);
    return datasets.get(trainingPart(config)).length;
  });
}
