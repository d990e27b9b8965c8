import * as z from 'zod';

const sharePattern = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/;

const expected = { error: 'expected a share of the mean above 0 and below 1, such as 5% or 0.05' };

/** `5%` or 0.05. */
const share = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(sharePattern)
        .transform((text) => Number(sharePattern.exec(text)![1]) / 100),
    ],
    expected,
  )
  .pipe(z.number().gt(0, expected).lt(1, expected));

const precise = ['mse', 'accuracy', 'relacc', 'agreement'] as const;

/** The config's `until:`: the precision at which a run ends before all its trials are done. */
export const untilSchema = z
  .strictObject({
    mse: share.optional(),
    accuracy: share.optional(),
    relacc: share.optional(),
    agreement: share.optional(),
    reference: z
      .string()
      .optional()
      .meta({ description: 'label of a scheme: differences to it are what is to be precise' }),
    minimum: z.int().min(10).default(100).meta({ description: 'trials before the first look' }),
  })
  .refine((value) => precise.some((name) => value[name] !== undefined), {
    error: `name what is to be precise: ${precise.join(', ')}, such as {mse: 5%}`,
  })
  .transform(({ reference, minimum, ...precision }) => ({ precision, reference, minimum }))
  .meta({
    description: 'End when half-widths are below these shares of the mean; trials: is then the most there may be',
  });
