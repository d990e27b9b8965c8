import * as z from 'zod';
import { schemes as deployed } from '../../codecs/registry.ts';
import { codedJsonSchema } from '../../coded/json-schema.ts';
import { hedgeSchema, servingSchema } from './config.ts';

interface Entry {
  readonly properties?: { readonly uncoded?: { readonly properties: Record<string, unknown> } };
}

/** The JSON Schema of a config of `kind: serving`, its schemes' options and `hedge` included. */
export function servingJsonSchema(): Record<string, unknown> {
  const document = codedJsonSchema(servingSchema, deployed, ['tune', 'lambda']);
  const { schemes } = document.properties as { schemes: { items: { anyOf: Entry[] } } };
  const { $schema: _, ...hedge } = z.toJSONSchema(hedgeSchema, { io: 'input', unrepresentable: 'any' });
  for (const { properties } of schemes.items.anyOf)
    if (properties?.uncoded) properties.uncoded.properties.hedge = hedge;
  return document;
}
