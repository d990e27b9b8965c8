import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { parseDuration } from '../util/units.ts';

/** A duration as people write it (`30ms`, `1.5s`), in seconds once parsed. */
export const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});
