import { asksPrograms } from '../../coded/outside.ts';
import type { Plan } from '../../coded/plan.ts';

/** Seconds of computing without a pause after which a signal would seem to be ignored. */
const patience = 1;

/** Seconds of one kriging decode with 100 workers; they grow with N^2.5 (`npm run bench -- kriging`). */
const krigingSeconds = 6e-3;

/**
 * Whether a trial may compute for long without a pause: in one kriging decode, or in its inferences.
 * @param secondsAPoint that the model took for a point
 */
export function mayTakeLong({ cells, codedBatches }: Plan, secondsAPoint: number): boolean {
  const krigingWorkers = cells
    .filter(({ entry: { combination } }) => combination.decoder === 'kriging' || combination.locator === 'kriging')
    .map(({ N }) => N);
  const decode = krigingSeconds * (Math.max(0, ...krigingWorkers) / 100) ** 2.5;
  const points = codedBatches.reduce((most, { K, N }) => Math.max(most, K + N), 0);
  return decode > patience || points * secondsAPoint > patience;
}

/** Seconds that a block of trials may take, and trials of one. */
const most = { seconds: 0.3, trials: 16 };

/**
 * Trials that come to the decoder together: several where another process decodes, so that it is asked by few messages.
 * @param secondsAPoint as `mayTakeLong`
 */
export function blockSize(plan: Plan, secondsAPoint: number): number {
  if (!asksPrograms(plan)) return 1;
  const points = plan.codedBatches.reduce((sum, { K, N }) => sum + K + N, 0);
  return Math.max(1, Math.min(most.trials, Math.floor(most.seconds / (points * secondsAPoint))));
}
