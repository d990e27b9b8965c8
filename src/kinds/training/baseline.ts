import * as z from 'zod';
import type { Manifest } from '../../results/manifest.ts';
import { UserError } from '../../util/errors.ts';
import type { TrainingConfig } from './config.ts';
import type { Problem } from './problem.ts';
import { floatingReference } from './reference.ts';

const baselineSchema = z.strictObject({
  trainPoints: z.int(),
  testPoints: z.int(),
  features: z.int(),
  fixedPointAccuracy: z.number(),
  floatingPointAccuracy: z.number(),
});

/**
 * What trainings are compared with: the data in numbers, and the accuracy of training without coding, in the same fixed point
 * and in doubles. It stands in the manifest, so that shards are joined without the data.
 */
export type Baseline = z.output<typeof baselineSchema>;

export function baselineOf(config: TrainingConfig, { data, reference }: Problem): Baseline {
  const { iterations, learningRate } = config.model.logisticRegression;
  return {
    trainPoints: data.train.x.rows,
    testPoints: data.test.x.rows,
    features: data.train.x.columns,
    fixedPointAccuracy: reference.evaluations.at(-1)!.accuracy,
    floatingPointAccuracy: floatingReference(data, iterations, learningRate).evaluations.at(-1)!.accuracy,
  };
}

/** @throws UserError when a manifest has none */
export function baselineOfManifest({ baseline }: Pick<Manifest, 'baseline'>): Baseline {
  const read = baselineSchema.safeParse(baseline);
  if (read.success) return read.data;
  throw new UserError(
    'manifest.json has no "baseline" of a training: it is damaged or of an older approxifer; run again',
  );
}
