import * as z from 'zod';

/** Keys of a config that say how results are shown; they change no result. */

export const figuresSchema = z
  .array(
    z.strictObject({
      x: z.string().meta({ description: 'a key column' }),
      y: z.string().meta({ description: 'a metric' }),
      by: z.string().default('scheme').meta({ description: 'a line for each value of this key column' }),
      facet: z.string().optional().meta({ description: 'a panel for each value of this key column' }),
    }),
  )
  .meta({ description: 'which figures; absent: those that the sweep suggests' });

export const tableSchema = z
  .strictObject({
    mse: z.enum(['mse', 'mse_per_output']).default('mse').meta({ description: 'which squared error the table prints' }),
    ratioTo: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'labels of the schemes to whose MSE ratios.csv compares (default: the first scheme)' }),
  })
  .default({ mse: 'mse' })
  .meta({ description: 'how the table is printed' });
