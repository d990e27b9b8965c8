import type { SummaryRow } from '../results/read.ts';

/**
 * Which queries of a run's trials came by themselves, and which were lost, as text: cells of one condition with the same
 * text have the same ones. Workers of equal number draw the same stragglers, so that the shares that were lost, their
 * deviation included, tell whether the same queries sit on them; a scheme that approximates every query has lost them all,
 * whatever its workers. Undefined where the run does not say.
 */
export function queriesOf({ key, metrics }: SummaryRow): string | undefined {
  const lost = metrics.get('unavailable');
  if (!lost || !Number.isFinite(lost.mean)) return undefined;
  if (lost.mean === 1) return 'all lost';
  return JSON.stringify([key.N, key.order, lost.mean, Number.isFinite(lost.std) ? lost.std : null]);
}
