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

export const tableSchema = z
  .strictObject({
    mse: z.enum(['mse', 'mse_per_output']).default('mse'),
    ratioTo: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'labels of the schemes to whose MSE ratios.csv compares (default: the first scheme)' }),
  })
  .default({ mse: 'mse' });
