import * as z from 'zod';
import { codedJsonSchema } from '../../coded/json-schema.ts';
import { hedgeSchema, servingSchema } from './config.ts';

interface Entry {
  readonly properties?: { readonly uncoded?: { readonly properties: Record<string, unknown> } };
}

/** The JSON Schema of a config of `kind: serving`, its schemes' options and `hedge` included. */
export function servingJsonSchema(): Record<string, unknown> {
  const document = codedJsonSchema(servingSchema);
  const { schemes } = document.properties as { schemes: { items: { anyOf: Entry[] } } };
  const { $schema: _, ...hedge } = z.toJSONSchema(hedgeSchema, { io: 'input', unrepresentable: 'any' });
  for (const { properties } of schemes.items.anyOf)
    if (properties?.uncoded) properties.uncoded.properties.hedge = hedge;
  return document;
}
