import { describe, expect, it } from 'vitest';
import { timeLeft } from '../../src/cli/progress.ts';

/** Trials of `durations[i % length]` seconds on `threads` threads. @returns estimate / truth after each end but the last */
function ratios(threads: number, trials: number, durations: readonly number[]): number[] {
  const free: number[] = new Array(threads).fill(0);
  const ends: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const thread = free.indexOf(Math.min(...free));
    free[thread]! += durations[trial % durations.length]!;
    ends.push(free[thread]!);
  }
  ends.sort((a, b) => a - b);
  const estimate = timeLeft(threads);
  return ends.map((end, index) => estimate(end, trials - 1 - index) / (ends.at(-1)! - end));
}

describe('time left', () => {
  it('is exact after every trial when all cost the same and the threads share them evenly', () => {
    for (const [threads, trials] of [
      [1, 7],
      [2, 50],
      [4, 8],
    ] as const)
      for (const ratio of ratios(threads, trials, [10]).filter(Number.isFinite)) expect(ratio).toBeCloseTo(1, 10);
  });

  it('is within a quarter of the truth after the first tenth when the trials differ and threads drift apart', () => {
    for (const threads of [1, 2, 4]) {
      const all = ratios(threads, 100, [9, 10, 11.5, 10.5, 9.5, 12, 8.8]);
      for (const ratio of all.slice(9, 90)) expect(Math.abs(ratio - 1)).toBeLessThan(0.25);
    }
  });

  it('waits at the end only for the trials that still run', () => {
    // four trials on three threads: after three ends the last one runs alone, for as long as the others did
    const estimate = timeLeft(3);
    const [, , third] = [3, 2, 1].map((left) => estimate(10, left));
    expect(third).toBe(10);
    expect(estimate(20, 0)).toBe(0);
  });
});
