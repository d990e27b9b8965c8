/** The time now, as ISO 8601: for manifests only, never for results. */
export function timestamp(): string {
  return new Date().toISOString();
}

/** Seconds on a clock that only goes forward. */
export function seconds(): number {
  return performance.now() / 1000;
}

/** Milliseconds to hand to a timer for a time from now, in seconds: of a longer one than 24 days timers make one millisecond. */
export function timerDelay(time: number): number {
  return Math.min(Math.max(0, 1000 * time), 2 ** 31 - 1);
}
