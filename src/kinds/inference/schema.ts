import * as z from 'zod';
import { schemes } from '../../codecs/registry.ts';
import { counts, lambdas, limits, oneOrMore, trialCount } from '../../config/values.ts';
import { datasetSpecSchema } from '../../datasets/spec.ts';
import { modelSpecSchema } from '../../models/spec.ts';
import { attackSchema } from '../../workers/attack-spec.ts';
import { stragglerSchema } from '../../workers/faults/stragglers/registry.ts';

/** Options that every scheme entry may carry besides the scheme's own. */
export const entrySchema = z.strictObject({
  label: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'name in tables and figures, where the default would repeat' }),
  order: z.enum(['given', 'path']).optional(),
  decoder: z.enum(['own', 'kriging']).optional(),
  locator: z.enum(['none', 'approxifer', 'kriging']).optional(),
  tune: z.union([z.literal(true), z.literal('oracle')], { error: 'expected true or oracle' }).optional(),
});

const tuneSchema = z.strictObject({
  lambdaEnc: lambdas,
  lambdaDec: lambdas,
  trials: trialCount.min(2).default(50),
  metric: z.enum(['mse', 'relacc']).default('mse'),
  S: z.int().min(0).optional(),
  refine: z.int().min(0).max(5).default(0).meta({ description: 'rounds of a finer grid around the best pair' }),
});

const figureSchema = z.strictObject({
  x: z.string(),
  y: z.string(),
  by: z.string().default('scheme'),
  facet: z.string().optional(),
});

/** A config of `kind: inference` or `kind: samples`, before its schemes are looked at one by one. */
export const configSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'use letters, digits, ".", "_" and "-": the name becomes a folder'),
  kind: z.enum(['inference', 'samples']).default('inference'),
  model: modelSpecSchema,
  dataset: datasetSpecSchema,
  output: oneOrMore(z.enum(['logits', 'softmax'])).prefault('logits'),
  K: counts(1).optional(),
  N: z
    .union([counts(1), z.strictObject({ of: z.string() })], {
      error: 'expected a whole number of at least 1, a list of them, {from, to, step} or {of: scheme}',
    })
    .optional()
    .meta({
      description:
        'absent: every scheme gets the fewest workers that tolerate S and E; {of: scheme}: all get as many as that one needs',
    }),
  S: counts(0).prefault(0),
  E: counts(0).prefault(0),
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
    .optional()
    .meta({
      description: 'K, N and S (and E, where it is not the same for all), in place of the product of the lists',
    }),
  trials: trialCount,
  patterns: z.int().min(1).max(limits.count).optional().meta({
    description: 'straggler and attack patterns that each batch is decoded under; a trial is the mean over them',
  }),
  seed: z.int().min(0).default(1),
  schemes: z.array(z.unknown()).min(1).max(limits.list),
  stragglers: oneOrMore(stragglerSchema).prefault('uniform'),
  attack: oneOrMore(attackSchema).optional(),
  tune: tuneSchema.optional(),
  figures: z.array(figureSchema).optional(),
  table: z.strictObject({ mse: z.enum(['mse', 'mse_per_output']) }).default({ mse: 'mse' }),
});

export type ParsedConfig = z.output<typeof configSchema>;

/** The JSON Schema of a config, for editors (`configs/schema.json`). */
export function configJsonSchema(): Record<string, unknown> {
  const entries = schemes.entries.map((scheme) => {
    const own = z.toJSONSchema(scheme.options, { io: 'input', unrepresentable: 'any' }) as { properties?: object };
    const common = z.toJSONSchema(entrySchema, { io: 'input' }) as { properties?: object };
    const swept = scheme.smoothing
      ? { lambdaEnc: z.toJSONSchema(lambdas, { io: 'input' }), lambdaDec: z.toJSONSchema(lambdas, { io: 'input' }) }
      : {};
    const properties = { ...own.properties, ...common.properties, ...swept };
    return {
      type: 'object',
      description: scheme.summary,
      properties: { [scheme.name]: { type: 'object', properties, additionalProperties: false } },
      required: [scheme.name],
      additionalProperties: false,
    };
  });
  const document = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, unknown>;
  };
  document.properties.schemes = {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ enum: schemes.names }, ...entries] },
  };
  return { ...document };
}
