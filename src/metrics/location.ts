import type { LocationMetrics } from './measurement.ts';
import { metric } from './metric.ts';

/**
 * @param located worker numbers that were excluded
 * @param liars worker numbers that lied
 */
export function locationMetrics(located: Int32Array, liars: Int32Array): LocationMetrics {
  const guilty = new Set(liars);
  let hits = 0;
  for (const worker of located) if (guilty.has(worker)) hits++;
  return {
    locate_precision: located.length > 0 ? hits / located.length : undefined,
    locate_recall: liars.length > 0 ? hits / liars.length : undefined,
  };
}

export const locatePrecision = metric({
  name: 'locate_precision',
  label: 'location precision',
  unit: 'share',
  better: 'higher',
  runs: 'byzantine',
  summary: 'share of excluded workers that were Byzantine',
  of: ({ location }) => location()?.locate_precision,
});

export const locateRecall = metric({
  name: 'locate_recall',
  label: 'location recall',
  unit: 'share',
  better: 'higher',
  runs: 'byzantine',
  summary: 'share of Byzantine workers that were excluded',
  of: ({ location }) => location()?.locate_recall,
});

export const oracleAccuracy = metric({
  name: 'oracle_accuracy',
  label: 'oracle accuracy',
  unit: 'share',
  better: 'none',
  runs: 'byzantine',
  summary: 'accuracy if the Byzantine workers were known',
  of: ({ oracle }) => oracle()?.accuracy,
});
