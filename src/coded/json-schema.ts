import * as z from 'zod';
import { lambdas } from '../config/values.ts';
import { schemes } from '../external/registry.ts';
import { entrySchema } from './entries.ts';

/**
 * The JSON Schema of a kind of config, for editors, with the options of every scheme.
 * @param schema has the keys of `codedKeys`
 */
export function codedJsonSchema(schema: z.ZodType): Record<string, unknown> {
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
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, unknown>;
  };
  document.properties.schemes = {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ enum: schemes.names }, ...entries] },
  };
  return { ...document };
}
