/** How many units go into a job. */
export interface UnitSizes {
  /** Takes what a job came to. */
  took(units: number, seconds: number, bytes: number): void;
  /** @param left units that no job has yet, `threads` that compute */
  next(left: number, threads: number): number;
  /** Seconds that a thread needs for a unit; undefined while nobody knows. */
  readonly secondsAUnit: number | undefined;
}

/**
 * What a job should take, in seconds: long beside the 2 to 3 ms that it costs the coordinator, short beside what a lost worker loses.
 * Where so many threads work that the coordinator would have no time for their answers, it is longer: 200 jobs a second.
 */
const jobSeconds = (threads: number) => Math.max(1, threads / 200);

/** What a job's answer may hold. */
const jobBytes = 1e6;

/**
 * Sizes jobs so that they take about a second (more where threads are many), by what the ones before took; one unit at a time until something is known,
 * and smaller ones towards the end, so that all workers end together.
 * @param fixed a size that was asked for
 */
export function unitSizes(fixed: number | undefined): UnitSizes {
  let seconds: number | undefined;
  let bytes = 0;
  return {
    took(units, spent, size) {
      const each = spent / units;
      seconds = seconds === undefined ? each : 0.5 * (seconds + each);
      bytes = Math.max(bytes, size / units);
    },
    next(left, threads) {
      if (fixed !== undefined) return fixed;
      if (seconds === undefined) return 1;
      const most = Math.min(
        jobSeconds(threads) / Math.max(seconds, 1e-4),
        jobBytes / Math.max(bytes, 1),
        left / (2 * threads),
      );
      return Math.max(1, Math.floor(most));
    },
    get secondsAUnit() {
      return seconds;
    },
  };
}
