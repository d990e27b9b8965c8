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
