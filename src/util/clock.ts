/** The time now, as ISO 8601: for manifests only, never for results. */
export function timestamp(): string {
  return new Date().toISOString();
}

/** Seconds on a clock that only goes forward. */
export function seconds(): number {
  return performance.now() / 1000;
}
