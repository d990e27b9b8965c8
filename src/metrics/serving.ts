import type { ServingMetrics } from './measurement.ts';
import { metric } from './metric.ts';

/**
 * @param predicted classes after decoding [K]
 * @param base classes that the base model gives the uncoded queries [K]
 * @param labels true classes [K]; undefined where the points have none: then no accuracy is defined
 * @param available 1 where the query's own answer came [K]; absent when every query is approximated
 */
export function servingMetrics(
  predicted: ArrayLike<number>,
  base: ArrayLike<number>,
  labels: ArrayLike<number> | undefined,
  available?: Uint8Array,
): ServingMetrics {
  const K = predicted.length;
  let came = 0;
  let cameRight = 0;
  let lostRight = 0;
  let lostAsBase = 0;
  for (let k = 0; k < K; k++) {
    const right = predicted[k] === labels?.[k] ? 1 : 0;
    if (available?.[k]) {
      came++;
      cameRight += right;
    } else {
      lostRight += right;
      if (predicted[k] === base[k]) lostAsBase++;
    }
  }
  const lost = K - came;
  return {
    available: labels && came > 0 ? cameRight / came : undefined,
    degraded: labels && lost > 0 ? lostRight / lost : undefined,
    overall: labels && (cameRight + lostRight) / K,
    unavailable: lost / K,
    degraded_vs_base: lost > 0 ? lostAsBase / lost : undefined,
  };
}

export const available = metric({
  name: 'available',
  label: 'available accuracy',
  unit: 'share',
  better: 'higher',
  runs: 'systematic',
  someQueries: true,
  summary: 'accuracy on the queries whose own answer came',
  of: ({ serving }) => serving().available,
});

export const degraded = metric({
  name: 'degraded',
  label: 'degraded accuracy',
  unit: 'share',
  better: 'higher',
  runs: 'systematic',
  someQueries: true,
  summary: 'accuracy on the queries that had to be reconstructed',
  of: ({ serving }) => serving().degraded,
});

export const overall = metric({
  name: 'overall',
  label: 'overall accuracy',
  unit: 'share',
  better: 'higher',
  runs: 'systematic',
  summary: 'accuracy on all queries, available and degraded',
  of: ({ serving }) => serving().overall,
});

export const unavailable = metric({
  name: 'unavailable',
  label: 'unavailable',
  unit: 'share',
  better: 'none',
  runs: 'systematic',
  summary: 'share of queries whose own answer did not come',
  of: ({ serving }) => serving().unavailable,
});

export const degradedVsBase = metric({
  name: 'degraded_vs_base',
  label: 'degraded agreement',
  unit: 'share',
  better: 'higher',
  runs: 'systematic',
  someQueries: true,
  summary: 'share of the reconstructed queries that get the class of the base model',
  of: ({ serving }) => serving().degraded_vs_base,
});
