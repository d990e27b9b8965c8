import * as z from 'zod';
import { trainingSchema } from './config.ts';
import { trainingSchemes } from './schemes.ts';

/** The JSON Schema of a config of `kind: training`, its schemes' options included. */
export function trainingJsonSchema(): Record<string, unknown> {
  const document = z.toJSONSchema(trainingSchema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, unknown>;
  };
  const entries = trainingSchemes.entries.map(({ name, summary, options }) => {
    const { $schema: _, ...own } = z.toJSONSchema(options.meta({ description: summary }), { io: 'input' });
    return { type: 'object', properties: { [name]: own }, required: [name], additionalProperties: false };
  });
  document.properties.schemes = {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ enum: trainingSchemes.names }, ...entries] },
  };
  return { ...document };
}
