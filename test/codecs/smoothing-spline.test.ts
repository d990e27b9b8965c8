import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothingSpline, smoothPlainly, splineSmoother } from '../../src/codecs/smoothing-spline.ts';
import { smoothPrecisely } from '../../src/codecs/smoothing-spline-precise.ts';
import { smoothInKernel } from '../../src/codecs/spline-kernel.ts';
import { splineKnots } from '../../src/codecs/spline-knots.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';
import { largestRowSumError } from './helpers.ts';

interface Golden {
  n: number;
  kind: 'chebyshev' | 'random' | 'tiny gaps';
  knots: number[];
  values: number[][];
  points: number[];
  cases: { lambda: number; exact: number[][]; scipy?: number[][] }[];
}

const golden: Golden[] = JSON.parse(readFileSync(new URL('../golden/smoothing-spline.json', import.meta.url), 'utf8'));

/** The largest error of a column, relative to the largest reference value of that column; the worst column. */
function relativeError(actual: Float64Array, reference: number[][]): number {
  const m = reference[0]!.length;
  return Math.max(
    ...reference[0]!.map((_, j) => {
      const scale = Math.max(...reference.map((row) => Math.abs(row[j]!)));
      return Math.max(...reference.map((row, p) => Math.abs(actual[p * m + j]! - row[j]!))) / scale;
    }),
  );
}

function applied({ knots, values, points }: Golden, lambda: number, count = points.length): Float64Array {
  return smoothingSpline(knots, points.slice(0, count), lambda).apply(
    Float64Array.from(values.flat()),
    values[0]!.length,
  );
}

/** The same by the smoothing matrix. */
function multiplied({ n, knots, values, points }: Golden, lambda: number): Float64Array {
  const { data } = smoothingSpline(knots, points, lambda).matrix();
  const m = values[0]!.length;
  return Float64Array.from({ length: points.length * m }, (_, at) => {
    const p = Math.floor(at / m);
    return values.reduce((sum, row, i) => sum + data[p * n + i]! * row[at % m]!, 0);
  });
}

describe('smoothing splines against a 60-digit reference', () => {
  for (const set of golden) {
    const tolerance = set.kind === 'chebyshev' ? 1e-9 : 1e-6;
    it(`agree to ${tolerance} on ${set.n} knots, ${set.kind}`, () => {
      for (const { lambda, exact } of set.cases) {
        expect(relativeError(applied(set, lambda), exact), `lambda = ${lambda}`).toBeLessThan(tolerance);
      }
    });
  }

  it('agree as matrices too, on Chebyshev and random knots', () => {
    for (const set of golden.filter(({ kind }) => kind !== 'tiny gaps')) {
      for (const { lambda, exact } of set.cases) {
        const tolerance = set.kind === 'chebyshev' ? 1e-9 : 1e-6;
        expect(relativeError(multiplied(set, lambda), exact), `n = ${set.n}, lambda = ${lambda}`).toBeLessThan(
          tolerance,
        );
      }
    }
  });
});

describe('smoothing splines against SciPy, between the outermost knots', () => {
  // SciPy solves normal equations of B-splines: its own error against the 60-digit reference passes 1e-9 beyond these
  const isAccurate = ({ n, kind }: Golden, lambda: number) =>
    kind === 'chebyshev' ? n < 100 || lambda <= 1e-2 : kind === 'random' && lambda <= 1e-2;
  for (const set of golden.filter(({ n, kind }) => n >= 5 && kind !== 'tiny gaps')) {
    it(`agree to 1e-9 on ${set.n} knots, ${set.kind}`, () => {
      const cases = set.cases.filter(({ lambda }) => isAccurate(set, lambda));
      expect(cases.length).toBeGreaterThanOrEqual(6);
      for (const { lambda, scipy } of cases) {
        expect(relativeError(applied(set, lambda, 16), scipy!), `lambda = ${lambda}`).toBeLessThan(1e-9);
      }
    });
  }
});

const knotSet = fc
  .uniqueArray(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 })
  .filter((knots) => {
    const sorted = [...knots].sort((a, b) => a - b);
    return sorted.every((knot, i) => i === 0 || knot - sorted[i - 1]! > 1e-9);
  });
const anyLambda = fc.oneof(
  fc.constantFrom(0, 1e12),
  fc.double({ min: -10, max: 2, noNaN: true }).map((power) => 10 ** power),
);
const anyPoints = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('smoothingSpline', () => {
  it('reproduces constants and lines for any knots, in any order, and any lambda', () => {
    fc.assert(
      fc.property(knotSet, anyPoints, anyLambda, (knots, points, lambda) => {
        const spline = smoothingSpline(knots, points, lambda);
        const constant = spline.apply(new Float64Array(knots.length).fill(3), 1);
        for (const value of constant) expect(value).toBeCloseTo(3, 7);
        if (knots.length === 1) return;
        const line = spline.apply(
          Float64Array.from(knots, (t) => 2 - 5 * t),
          1,
        );
        // two knots at 1e-9 continue the rounding of their values with a slope of 1e-16 / 1e-9
        points.forEach((z, p) => {
          expect(line[p]).toBeCloseTo(2 - 5 * z, 5);
        });
      }),
      { seed: 2402, numRuns: 300 },
    );
  });

  it('interpolates for lambda = 0', () => {
    fc.assert(
      fc.property(knotSet, (knots) => {
        const values = Float64Array.from(knots, (t) => Math.sin(5 * t));
        const at = smoothingSpline(knots, knots, 0).apply(values, 1);
        at.forEach((value, i) => {
          expect(value).toBeCloseTo(values[i]!, 12);
        });
      }),
      { seed: 2403, numRuns: 200 },
    );
  });

  it('is the least-squares line for lambda = 1e12', () => {
    for (const { n, kind, knots, values, points } of golden) {
      const at = smoothingSpline(knots, points, 1e12).apply(Float64Array.from(values.flat()), values[0]!.length);
      const mean = knots.reduce((sum, t) => sum + t, 0) / n;
      const spread = knots.reduce((sum, t) => sum + (t - mean) ** 2, 0);
      const lines = points.map((z) =>
        values[0]!.map((_, j) => {
          const level = values.reduce((sum, row) => sum + row[j]!, 0) / n;
          const slope = values.reduce((sum, row, i) => sum + (knots[i]! - mean) * row[j]!, 0) / spread;
          return level + slope * (z - mean);
        }),
      );
      expect(relativeError(at, lines), `${n} ${kind}`).toBeLessThan(kind === 'chebyshev' ? 1e-9 : 1e-6);
    }
  });

  it('is stationary: no perturbation of a spline value lowers the penalised sum of squares', () => {
    // The objective is quadratic, so at the minimiser the residuals equal λ times the jumps of the third derivative,
    // Σ (y - u) = 0 and Σ t (y - u) = 0.
    const knots = [-1, -0.4, 0.1, 0.2, 0.9];
    const values = Float64Array.of(1, -2, 0.5, 3, 0);
    for (const lambda of [1e-4, 1e-2, 1]) {
      const fitted = smoothingSpline(knots, knots, lambda).apply(values, 1);
      const residuals = values.map((y, i) => y - fitted[i]!);
      expect(residuals.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
      expect(residuals.reduce((sum, r, i) => sum + r * knots[i]!, 0)).toBeCloseTo(0, 12);
      const third = (i: number) => {
        // the third derivative within interval i, from four values of the cubic
        const h = (knots[i + 1]! - knots[i]!) / 3;
        const [a, b, c, d] = smoothingSpline(
          knots,
          [0, 1, 2, 3].map((j) => knots[i]! + j * h),
          lambda,
        ).apply(values, 1);
        return (d! - 3 * c! + 3 * b! - a!) / h ** 3;
      };
      for (let i = 0; i < knots.length; i++) {
        const jump = (i < 4 ? third(i) : 0) - (i > 0 ? third(i - 1) : 0);
        expect(lambda * jump).toBeCloseTo(residuals[i]!, 6);
      }
    }
  });

  it('continues as a straight line outside the outermost knots', () => {
    const knots = [-0.5, 0, 0.3, 0.7];
    const values = Float64Array.of(1, 0, 2, -1);
    for (const lambda of [0, 1e-3]) {
      const at = (...points: number[]) => smoothingSpline(knots, points, lambda).apply(values, 1);
      for (const [edge, outwards] of [
        [-0.5, -1],
        [0.7, 1],
      ] as const) {
        const [e, once, twice] = at(edge, edge + outwards * 0.2, edge + outwards * 0.4);
        expect(twice! - once!).toBeCloseTo(once! - e!, 12);
        const [inside, outside] = at(edge - outwards * 1e-6, edge + outwards * 1e-6);
        expect(outside! - e!).toBeCloseTo(e! - inside!, 9); // the slope is continuous
      }
    }
  });

  it('is a constant through one knot and a line through two', () => {
    expect([...smoothingSpline([0.2], [-1, 0.2, 5], 0.1).apply(Float64Array.of(7, 8), 2)]).toEqual([7, 8, 7, 8, 7, 8]);
    for (const lambda of [0, 1]) {
      const line = smoothingSpline([0.5, -0.5], [-1, 0, 1], lambda).apply(Float64Array.of(3, 1), 1);
      [0, 2, 4].forEach((value, p) => {
        expect(line[p]).toBeCloseTo(value, 14);
      });
    }
  });

  it('has matrices whose rows sum to 1', () => {
    for (const { knots, points, kind } of golden) {
      for (const lambda of [0, 1e-6, 1, 1e12]) {
        const tolerance = kind === 'tiny gaps' ? 1e-6 : 1e-9;
        expect(largestRowSumError(smoothingSpline(knots, points, lambda).matrix())).toBeLessThan(tolerance);
      }
    }
  });

  it('gives columns in the order of the knots as given', () => {
    const knots = [0.3, -1, 0.9, -0.2];
    const sorted = smoothingSpline([-1, -0.2, 0.3, 0.9], [0, 0.5], 1e-3).matrix().data;
    const shuffled = smoothingSpline(knots, [0, 0.5], 1e-3).matrix().data;
    for (const row of [0, 4]) {
      [2, 0, 3, 1].forEach((place, i) => {
        expect(shuffled[row + i]).toBeCloseTo(sorted[row + place]!, 14);
      });
    }
  });

  it('refuses no knots, repeated knots, a bad lambda and values of another length', () => {
    expect(() => smoothingSpline([], [0], 0)).toThrow('at least one knot');
    expect(() => smoothingSpline([0, 1, 0], [0], 0)).toThrow('nodes 0 and 2 are both 0; nodes must be distinct');
    for (const lambda of [-1e-9, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => smoothingSpline([0, 1], [0], lambda)).toThrow(`lambda is ${lambda}; it must be`);
    }
    expect(() => smoothingSpline([0, 1], [0], 0).apply(new Float64Array(3), 2)).toThrow('do not fill [2, 2]');
  });

  it('takes any lambda a double can hold', () => {
    const values = Float64Array.of(1, 0, 2, -1);
    const at = (lambda: number) => smoothingSpline([-0.5, 0, 0.3, 0.7], [0.1], lambda).apply(values, 1)[0]!;
    expect(at(Number.MIN_VALUE)).toBeCloseTo(at(0), 14);
    expect(at(Number.MAX_VALUE)).toBeCloseTo(at(1e15), 12);
  });
});

describe('the 32-digit path', () => {
  it('agrees with the fast one where both are accurate', () => {
    for (const { kind, n, knots, values, points, cases } of golden) {
      if (kind !== 'chebyshev' || n > 20) continue;
      for (const { lambda, exact } of cases) {
        const rows = Int32Array.from(knots.keys());
        const flat = Float64Array.from(values.flat());
        const precise = smoothPrecisely(splineKnots(Float64Array.from(knots), rows, points), lambda, flat, 3);
        expect(relativeError(precise, exact)).toBeLessThan(1e-14);
      }
    }
  });
});

describe('the WebAssembly kernel', () => {
  it('gives the bits of plain TypeScript for any numbers of knots, points and columns', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 75 }),
        fc.integer({ min: 0, max: 1000 }),
        (n, count, m, seed) => {
          const random = randomStream('spline kernel', n, count, m, seed);
          const uniform = (length: number) => Float64Array.from({ length }, () => 2 * random.uniform() - 1);
          const factors = uniform(3 * (n + 1));
          factors.fill(0, 0, 6); // of knots -1 and 0: both ends have no equation
          const rows = Int32Array.from(sampleWithoutReplacement(random, n + 5, n));
          const knots = splineKnots(uniform(n).sort(), rows, uniform(count));
          const values = uniform((n + 5) * m);
          const fast = smoothInKernel(knots, factors, 0.3, 0.7, values, m)!;
          const plain = smoothPlainly(knots, factors, 0.3, 0.7, values, m);
          expect(Buffer.compare(Buffer.from(fast.buffer), Buffer.from(plain.buffer))).toBe(0);
        },
      ),
      { seed: 14, numRuns: 200 },
    );
  });

  it('leaves problems that are too large for it, which are solved all the same', () => {
    const n = 1200;
    const m = 120;
    const t = Float64Array.from({ length: n }, (_, i) => i / n);
    const knots = splineKnots(t, Int32Array.from(t.keys()), [0.1234]);
    const values = new Float64Array(n * m).fill(1);
    expect(smoothInKernel(knots, new Float64Array(3 * (n + 1)), 1, 0, values, m)).toBeUndefined();
    for (const value of smoothingSpline(t, [0.1234], 1e-6).apply(values, m)) expect(value).toBeCloseTo(1, 9);
  });
});

describe('splineSmoother', () => {
  it('gives the same in reused workspace as in fresh, for other knots, lambda and m', () => {
    const points = [-0.9, 0.1, 0.95, 0.1];
    const smoother = splineSmoother(9);
    fc.assert(
      fc.property(
        fc.subarray([-1, -0.8, -0.4, -0.1, 0, 0.2, 0.5, 0.8, 1], { minLength: 1 }),
        fc.constantFrom(0, 1e-5, 0.1),
        fc.integer({ min: 1, max: 5 }),
        (knots, lambda, m) => {
          const values = Float64Array.from({ length: knots.length * m }, (_, i) => Math.cos(i * i));
          smoother.fit(splineKnots(Float64Array.from(knots), Int32Array.from(knots.keys()), points), lambda);
          expect(smoother.apply(values, m)).toEqual(smoothingSpline(knots, points, lambda).apply(values, m));
        },
      ),
      { seed: 60, numRuns: 200 },
    );
  });
});
