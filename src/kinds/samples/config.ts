import * as z from 'zod';
import { type CodedConfig, expandConfig } from '../../coded/config.ts';
import { codedJsonSchema } from '../../coded/json-schema.ts';
import { codedKeys, nameSchema } from '../../coded/schema.ts';
import { ConfigIssue, parseWith } from '../../config/issues.ts';
import { figuresSchema, tableSchema } from '../../config/presentation.ts';

/** A config of `kind: samples`. Keys that only trials have a use for are taken, so that a config of an experiment serves. */
const samplesSchema = z.strictObject({
  name: nameSchema,
  kind: z.literal('samples'),
  ...codedKeys,
  figures: figuresSchema.optional(),
  table: tableSchema,
});

/** What this kind has in place of a search of λ. */
export const insteadOfTune =
  'kind: samples searches no λ; give lambdaEnc and lambdaDec, such as those that "approxifer tune" finds';

export interface SamplesConfig
  extends CodedConfig,
    Pick<z.output<typeof samplesSchema>, 'kind' | 'figures' | 'table'> {}

/**
 * Validates a config document of `kind: samples`.
 * @param document what the YAML says, as plain data
 * @throws ConfigIssue for the first fault
 */
export function parseSamples(document: unknown): SamplesConfig {
  const config = expandConfig(parseWith(samplesSchema, document, []), document as object);
  const tuned = config.schemes.find((entry) => entry.tune);
  if (tuned) {
    throw new ConfigIssue(['schemes', tuned.item, tuned.scheme, 'tune'], insteadOfTune);
  }
  return config;
}

/** The JSON Schema of a config, for editors. */
export function samplesJsonSchema(): Record<string, unknown> {
  return codedJsonSchema(samplesSchema);
}
