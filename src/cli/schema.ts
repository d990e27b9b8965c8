import * as z from 'zod';
import { configJsonSchema } from '../kinds/inference/schema.ts';
import { paritySchema } from '../kinds/parity/schema.ts';
import { trainingSchema } from '../kinds/training/config.ts';

/** The JSON Schema of every kind of config, for editors: `configs/schema.json`. */
export function fullJsonSchema(): Record<string, unknown> {
  const ofKind = (kind: string, schema: object, otherwise: object) => ({
    if: { properties: { kind: { const: kind } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: schema,
    else: otherwise,
  });
  const plain = (schema: z.ZodType) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return rest;
  };
  const { $schema, ...inference } = configJsonSchema();
  const training = ofKind('training', plain(trainingSchema), inference);
  return { $schema, title: 'approxifer experiment', ...ofKind('parity', plain(paritySchema), training) };
}
