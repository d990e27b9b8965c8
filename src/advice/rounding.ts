import type { MetricName } from '../metrics/table.ts';

/** How far encoding and decoding may carry the rounding of one number, as a multiple of it. */
const carried = 50;

/** Half the distance of 1 to the next number: of the answers of a network, and of those of a formula. */
const units = { single: 2 ** -24, double: 2 ** -53 } as const;

/**
 * The largest error that is rounding beside the model's outputs: nobody was answered wrongly by so much. A metric that counts
 * queries has none.
 * @param outputs [queries, m] of the model for some queries, on the scale that is decoded
 */
export function roundingOf(
  outputs: Float64Array,
  m: number,
  metric: MetricName,
  precision: keyof typeof units,
): number {
  const each =
    (outputs.reduce((sum, value) => sum + value * value, 0) / outputs.length) * (carried * units[precision]) ** 2;
  if (metric === 'mse_per_output') return each;
  return metric === 'mse' || metric === 'largest_error' ? each * m : 0;
}
