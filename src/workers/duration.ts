import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { parseDuration } from '../util/units.ts';

/** Of a number without its unit; what else is no text has its usual words. */
function unitHint({ input }: { readonly input?: unknown }): string | undefined {
  return typeof input === 'number' ? `a duration has a unit; write ${input}ms or ${input}s` : undefined;
}

/** A duration as people write it (`30ms`, `1.5s`), in seconds once parsed. */
export const duration = z.string({ error: unitHint }).transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});
