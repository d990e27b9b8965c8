import type { Measured } from '../metrics/measure.ts';
import type { MetricName } from '../metrics/table.ts';

export interface TrialResult {
  readonly trial: number;
  /**
   * [cells, 1 + metrics] row-major: the number of survivors, then the metrics in order, each the mean over the patterns
   * in which it is defined; NaN where it is in none, or the cell failed.
   */
  readonly values: Float64Array;
  readonly failures: readonly { readonly cell: number; readonly reason: string }[];
}

/** What one trial has found so far, by cell. */
export interface TrialRecord {
  hasFailed(cell: number): boolean;
  /** Takes the number of survivors under one pattern, and what was measured, if anything. */
  add(cell: number, survivors: number, measured?: Measured): void;
  /** The cell failed under a pattern, and so in the trial. */
  fail(cell: number, reason: string): void;
  finish(trial: number): TrialResult;
}

export function trialRecord(cells: number, metricNames: readonly MetricName[]): TrialRecord {
  const columns = 1 + metricNames.length;
  const sums = new Float64Array(cells * columns);
  const counts = new Int32Array(cells * columns);
  const failures = new Map<number, string>();
  const take = (place: number, value: number | undefined) => {
    if (value === undefined || Number.isNaN(value)) return;
    sums[place]! += value;
    counts[place]!++;
  };
  return {
    hasFailed: (cell) => failures.has(cell),
    add(cell, survivors, measured) {
      take(cell * columns, survivors);
      if (!measured) return;
      for (const [i, name] of metricNames.entries()) take(cell * columns + 1 + i, measured[name]);
    },
    fail(cell, reason) {
      failures.set(cell, reason);
    },
    finish(trial) {
      for (const cell of failures.keys()) counts.fill(0, cell * columns + 1, (cell + 1) * columns);
      const failed = [...failures].sort(([a], [b]) => a - b);
      return {
        trial,
        values: sums.map((sum, place) => (counts[place] === 0 ? Number.NaN : sum / counts[place]!)),
        failures: failed.map(([cell, reason]) => ({ cell, reason })),
      };
    },
  };
}
