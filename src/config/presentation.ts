import * as z from 'zod';

/** Keys of a config that say how results are shown; they change no result. */

export const figuresSchema = z.array(
  z.strictObject({
    x: z.string(),
    y: z.string(),
    by: z.string().default('scheme'),
    facet: z.string().optional(),
  }),
);

export const tableSchema = z.strictObject({ mse: z.enum(['mse', 'mse_per_output']) }).default({ mse: 'mse' });
