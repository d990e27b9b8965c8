import * as z from 'zod';
import { lambdas } from '../config/values.ts';
import { type RegisteredScheme, schemes } from '../external/registry.ts';
import type { Registry } from '../util/registry.ts';
import { entrySchema } from './entries.ts';

/**
 * The JSON Schema of a kind of config, for editors, with the options of every scheme.
 * @param schema has the keys of `codedKeys`
 * @param known schemes that the kind takes
 * @param refused options of an entry that it does not take
 */
export function codedJsonSchema(
  schema: z.ZodType,
  known: Registry<RegisteredScheme> = schemes,
  refused: readonly (keyof typeof entrySchema.shape)[] = [],
): Record<string, unknown> {
  const entries = known.entries.map((scheme) => {
    const own = z.toJSONSchema(scheme.options, { io: 'input', unrepresentable: 'any' }) as { properties?: object };
    const common = z.toJSONSchema(entrySchema, { io: 'input' }) as { properties?: Record<string, unknown> };
    for (const option of refused) delete common.properties?.[option];
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
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, unknown>;
  };
  document.properties.schemes = {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ enum: known.names }, ...entries] },
  };
  return { ...document };
}
