import * as z from 'zod';
import { schemeSchemas, trainingSchema } from './config.ts';

/** The JSON Schema of a config of `kind: training`, its schemes' options included. */
export function trainingJsonSchema(): Record<string, unknown> {
  const document = z.toJSONSchema(trainingSchema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, unknown>;
  };
  const entries = Object.entries(schemeSchemas).map(([name, options]) => {
    const { $schema: _, ...own } = z.toJSONSchema(options, { io: 'input' });
    return { type: 'object', properties: { [name]: own }, required: [name], additionalProperties: false };
  });
  document.properties.schemes = {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ enum: Object.keys(schemeSchemas) }, ...entries] },
  };
  return { ...document };
}
