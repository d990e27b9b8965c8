import * as z from 'zod';
import { codedJsonSchema } from '../../coded/json-schema.ts';
import { codedKeys, nameSchema } from '../../coded/schema.ts';
import { figuresSchema, tableSchema } from '../../config/presentation.ts';
import { untilSchema } from '../../config/until.ts';

/** A config of `kind: inference`, before its schemes are looked at one by one. */
export const inferenceSchema = z.strictObject({
  name: nameSchema,
  kind: z.literal('inference').default('inference'),
  ...codedKeys,
  until: untilSchema.optional(),
  figures: figuresSchema.optional(),
  table: tableSchema,
});
export type ParsedInference = z.output<typeof inferenceSchema>;

/** The JSON Schema of a config, for editors (`configs/schema.json`). */
export function configJsonSchema(): Record<string, unknown> {
  return codedJsonSchema(inferenceSchema);
}
