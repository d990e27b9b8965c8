import type { SummaryRow } from '../results/read.ts';

/**
 * Which queries of a run's trials came by themselves, and which were lost, as text: cells of one condition with the same
 * text have the same ones. Workers of equal number draw the same stragglers, but which queries sit on those is up to the
 * scheme and its placement, which no summary tells of two schemes: only cells of one scheme, or that have lost all queries
 * since they approximate every one, are known to be over the same. Undefined where the run does not say.
 */
export function queriesOf({ key, metrics }: SummaryRow): string | undefined {
  const lost = metrics.get('unavailable');
  if (!lost || !Number.isFinite(lost.mean)) return undefined;
  if (lost.mean === 1) return 'all lost';
  const placement = key.options.split(';').find((option) => option.startsWith('placement='));
  return JSON.stringify([
    key.scheme,
    placement,
    key.N,
    key.order,
    lost.mean,
    Number.isFinite(lost.std) ? lost.std : null,
  ]);
}
