import * as z from 'zod';
import { counts, lambdas, limits, oneOrMore, trialCount, withoutRepeats } from '../config/values.ts';
import { datasetSpecSchema } from '../datasets/spec.ts';
import { devices } from '../models/devices.ts';
import { modelSpecSchema } from '../models/spec.ts';
import { attackSchema } from '../workers/attack-spec.ts';
import { stragglerSchema } from '../workers/faults/stragglers/registry.ts';

/** The name of an experiment, which becomes a folder. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'use letters, digits, ".", "_" and "-": the name becomes a folder')
  .meta({ description: 'of the experiment; names the folder of its results' });

const tuneSchema = z.strictObject({
  lambdaEnc: lambdas.meta({ description: 'the grid of λ_enc' }),
  lambdaDec: lambdas.meta({ description: 'the grid of λ_dec' }),
  trials: trialCount
    .min(2)
    .default(50)
    .meta({ description: 'trials of the search, on images that are never reported on' }),
  metric: z.enum(['mse', 'relacc']).default('mse').meta({ description: 'what the best pair is best in' }),
  S: z.int().min(0).optional().meta({ description: 'tune at this number of stragglers for every S; absent: at each' }),
  refine: z.int().min(0).max(5).default(0).meta({ description: 'rounds of a finer grid around the best pair' }),
});

/** The keys that every kind of experiment on coded batches has; its schema adds `name`, `kind` and keys of its own. */
export const codedKeys = {
  model: modelSpecSchema,
  dataset: datasetSpecSchema,
  device: z
    .enum(devices)
    .optional()
    .transform((device) => (device === 'cpu' ? undefined : device)) // the default is no part of what an experiment is
    .meta({ description: 'what computes an ONNX model (default cpu); other devices give other low bits' }),
  output: oneOrMore(z.enum(['logits', 'softmax']))
    .prefault('logits')
    .meta({ description: 'which outputs are decoded' }),
  K: counts(1).optional().meta({ description: 'queries encoded together' }),
  N: z
    .union([counts(1), z.strictObject({ of: z.string() })], {
      error: 'expected a whole number of at least 1, a list of them, {from, to, step} or {of: scheme}',
    })
    .optional()
    .meta({
      description:
        'workers; absent: every scheme gets the fewest workers that tolerate S and E; {of: scheme}: all get as many as that one needs',
    }),
  S: counts(0).prefault(0).meta({ description: 'stragglers: workers whose answer is not used' }),
  E: counts(0).prefault(0).meta({ description: 'Byzantine workers: they answer wrongly, as attack says' }),
  settings: z
    .array(
      z.strictObject({
        K: z.int().min(1).max(limits.count),
        N: z.int().min(1).max(limits.count).optional(),
        S: z.int().min(0).max(limits.count).default(0),
        E: z.int().min(0).max(limits.count).optional(),
      }),
    )
    .min(1)
    .transform(withoutRepeats)
    .optional()
    .meta({
      description: 'K, N and S (and E, where it is not the same for all), in place of the product of the lists',
    }),
  trials: trialCount.meta({ description: 'batches of K queries; every scheme sees the same ones' }),
  patterns: z.int().min(1).max(limits.count).optional().meta({
    description: 'straggler and attack patterns that each batch is decoded under; a trial is the mean over them',
  }),
  batch: z
    .enum(['drawn', 'fixed'])
    .optional()
    .transform((kept) => (kept === 'fixed' ? kept : undefined)) // the default is no part of what an experiment is
    .meta({
      description:
        'queries of the reported trials: drawn for each (default), or fixed: one batch under many straggler and attack patterns',
    }),
  seed: z.int().min(0).default(1).meta({ description: 'of all draws; the same seed gives the same bytes' }),
  schemes: z
    .array(z.unknown())
    .min(1)
    .max(limits.list)
    .meta({ description: 'what is compared: names, or {name: {options}}' }),
  stragglers: oneOrMore(stragglerSchema).prefault('uniform').meta({ description: 'which workers are late' }),
  attack: oneOrMore(attackSchema).optional().meta({ description: 'what Byzantine workers answer' }),
  noise: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'standard deviation of normal noise on every answer, in units of the outputs' }),
  tune: tuneSchema.optional().meta({ description: 'the grid for schemes with tune: true' }),
};

/** The shared keys as their schemas give them, before schemes are looked at one by one. */
export type ParsedKeys = z.output<z.ZodObject<typeof codedKeys>>;
