import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalTwoSided, studentQuantile, studentTwoSided } from '../../src/metrics/distributions.ts';
import { holm, pairedDifference, summarise, welch } from '../../src/results/statistics.ts';

// scripts/golden/distributions.py
const golden = JSON.parse(readFileSync(new URL('../golden/distributions.json', import.meta.url), 'utf8')) as {
  student_two_sided: [number, number, number][];
  normal_two_sided: [number, number][];
  student_quantile: [number, number, number][];
  normal_quantile: [number, number][];
  welch: [number[], number[], number, number][];
  paired: [number[], number[], number, number][];
};

function close(actual: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300);
  expect(actual === expected || error <= relative, `${what}: ${actual} instead of ${expected}`).toBe(true);
}

describe('distributions against SciPy', () => {
  it('has the two-sided p of Student and normal deviates, far into the tail', () => {
    // the tail probability is a power of the argument, so its relative error grows with the degrees of freedom
    for (const [t, d, p] of golden.student_two_sided)
      if (p > 1e-290) close(studentTwoSided(t, d), p, 2e-9, `t ${t}, ${d}`);
    for (const [z, p] of golden.normal_two_sided) close(normalTwoSided(z), p, 1e-12, `z ${z}`);
    for (const [z, p] of golden.normal_two_sided) close(studentTwoSided(-z, Infinity), p, 1e-12, `z ${z}`);
  });

  it('has the quantiles', () => {
    for (const [c, d, t] of golden.student_quantile) close(studentQuantile(c, d), t, 1e-9, `${c}, ${d}`);
    for (const [c, z] of golden.normal_quantile) close(studentQuantile(c, Infinity), z, 1e-11, `${c}`);
  });

  it("has Welch's t and p, and the paired interval", () => {
    for (const [a, b, t, p] of golden.welch) {
      const result = welch(summarise(a), summarise(b));
      close(result.z, t, 1e-10, 't');
      close(result.p, p, 1e-10, 'p');
    }
    for (const [a, b, low, high] of golden.paired) {
      const difference = pairedDifference(a, b);
      close(difference.low, low, 1e-10, 'low');
      close(difference.high, high, 1e-10, 'high');
    }
  });
});

describe('summarise', () => {
  it('leaves out undefined values and keeps the digits of a small spread on a large mean', () => {
    const summary = summarise([1e9 + 1, Number.NaN, 1e9 + 2, 1e9 + 3]);
    expect(summary).toEqual({ n: 3, mean: 1e9 + 2, std: 1, sem: 1 / Math.sqrt(3) });
  });

  it('has no spread of one value and no mean of none', () => {
    expect(summarise([4])).toEqual({ n: 1, mean: 4, std: Number.NaN, sem: Number.NaN });
    expect(summarise([Number.NaN]).mean).toBeNaN();
  });

  it('gives a constant sample a spread that is 0 or rounding only', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 2, max: 50 }), (value, n) => {
        expect(summarise(new Float64Array(n).fill(value)).std).toBeLessThanOrEqual(1e-15 * Math.abs(value));
      }),
      { seed: 1 },
    );
  });
});

describe('pairedDifference', () => {
  it('skips a pair with an undefined side and refuses samples of different length', () => {
    expect(pairedDifference([1, Number.NaN, 5], [0, 3, 2])).toMatchObject({ n: 2, mean: 2, sem: 1 });
    expect(() => pairedDifference([1], [1, 2])).toThrow(RangeError);
  });
});

describe('welch', () => {
  it('tells equal constants from different ones', () => {
    expect(welch({ n: 5, mean: 1, sem: 0 }, { n: 9, mean: 1, sem: 0 }).p).toBe(1);
    expect(welch({ n: 5, mean: 1, sem: 0 }, { n: 9, mean: 2, sem: 0 }).p).toBe(0);
  });

  it('has one sample’s degrees of freedom when the other is constant', () => {
    expect(welch({ n: 5, mean: 1, sem: 0.5 }, { n: 9, mean: 1, sem: 0 }).degrees).toBeCloseTo(4, 12);
  });
});

describe('holm', () => {
  it('adjusts as by hand', () => {
    // sorted: 0.01*4, 0.02*3, 0.03*2, 0.2*1, then running maximum
    expect(holm([0.2, 0.01, 0.03, 0.02]).map((p) => Number(p.toFixed(12)))).toEqual([0.2, 0.04, 0.06, 0.06]);
  });

  it('never reverses an order, never falls below the p-value, never exceeds Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (ps) => {
        const adjusted = holm(ps);
        ps.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, p * ps.length) + 1e-15);
          ps.forEach((q, j) => {
            if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
      { seed: 2 },
    );
  });
});
