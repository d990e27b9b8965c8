import { UserError } from './errors.ts';
import { quoted } from './text.ts';

const seconds: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 };

/** The longest duration, in seconds, 32 years: beside a later time on a clock, milliseconds are lost to rounding. */
export const longestDuration = 1e9;

/**
 * A duration as people write it (`30 ms`, `1.5s`), in seconds.
 * @throws UserError for anything else
 */
export function parseDuration(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(us|ms|s|min|h)\s*$/i.exec(text);
  const value = match ? Number(match[1]) * seconds[match[2]!.toLowerCase()]! : Number.NaN;
  if (!Number.isFinite(value)) throw new UserError(`${quoted(text)} is no duration; write it like 30ms, 1.5s or 2min`);
  if (value > longestDuration) throw new UserError(`${quoted(text)} is too long: at most 1e9s, 32 years`);
  return value;
}

/** A time span for people: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. @param span in seconds */
export function formatDuration(span: number): string {
  if (span < 10) return `${span.toFixed(1)} s`;
  const whole = Math.round(span);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const bytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/**
 * A size as people write it (`2GB`, `500 MiB`), in bytes.
 * @throws UserError for anything else
 */
export function parseSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b)\s*$/i.exec(text);
  const value = match ? Number(match[1]) * (bytes[match[2]!.toLowerCase()] ?? Number.NaN) : Number.NaN;
  if (!Number.isFinite(value)) throw new UserError(`${quoted(text)} is no size; write it like 500MB or 2GiB`);
  return Math.round(value);
}

/** A size for people: `312 B`, `4.1 MB`. */
export function formatSize(size: number): string {
  const [unit, name] = (
    [
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1e3, 'kB'],
    ] as const
  ).find(([least]) => size >= least) ?? [1, 'B'];
  const value = size / unit;
  return `${unit === 1 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${name}`;
}
