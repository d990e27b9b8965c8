import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centre,
  centreAll,
  defaultPrime,
  dot,
  inverse,
  inverses,
  isPrime,
  lagrangeMatrix,
  multiplyMatrix,
  multiplyTransposed,
  multiplyVector,
  primeField,
} from '../../src/math/finite-field.ts';
import { matrix } from '../../src/math/matrix.ts';
import { UserError } from '../../src/util/errors.ts';
import { secretResidues } from '../../src/util/secret.ts';

const largest = 2 ** 26 - 5;
const primes = [3, 7, 65_537, defaultPrime, largest];
const settings = { seed: 6, numRuns: 60 };

/** The centred residue by BigInt: the independent reference of everything here. */
function bigCentre(q: number, x: bigint): number {
  const r = Number(((x % BigInt(q)) + BigInt(q)) % BigInt(q));
  return r > (q - 1) / 2 ? r - q : r;
}

const bigDot = (q: number, a: ArrayLike<number>, b: ArrayLike<number>) =>
  bigCentre(
    q,
    Array.from(a).reduce((sum, value, i) => sum + BigInt(value) * BigInt(b[i]!), 0n),
  );

const elements = (q: number, length: number) =>
  fc
    .array(fc.oneof(fc.integer({ min: -(q - 1) / 2, max: (q - 1) / 2 }), fc.constantFrom((q - 1) / 2, -(q - 1) / 2)), {
      minLength: length,
      maxLength: length,
    })
    .map((values) => Float64Array.from(values));

describe('the prime field', () => {
  it('takes odd primes below 2^26 only', () => {
    for (const q of primes) expect(primeField(q).half).toBe((q - 1) / 2);
    for (const q of [2, 1, 9, 2 ** 25 - 38, 2 ** 26, 2 ** 31 - 1, 7.5, Number.NaN])
      expect(() => primeField(q)).toThrow(UserError);
    expect(() => primeField(2 ** 25 - 38)).toThrow(/33554393/);
  });

  it('has the primes that the sieve has', () => {
    const composite = new Set<number>();
    for (let a = 2; a < 1000; a++) for (let b = 2 * a; b < 1000; b += a) composite.add(b);
    for (let n = 0; n < 1000; n++) expect(isPrime(n)).toBe(n >= 2 && !composite.has(n));
  });

  it('sums 32 products between reductions for q = 2^25 - 39, which is the most that is exact', () => {
    expect(primeField(defaultPrime).lazyTerms).toBe(32);
    for (const q of primes) {
      const { half, lazyTerms } = primeField(q);
      expect(BigInt(lazyTerms) * BigInt(half) ** 2n + 2n * BigInt(q) <= 2n ** 53n - 1n).toBe(true);
    }
  });

  it('reduces integers up to 2^53 as BigInt does, and never to -0', () => {
    for (const q of primes) {
      const field = primeField(q);
      const bound = Number.MAX_SAFE_INTEGER - 2 * q;
      fc.assert(
        fc.property(fc.integer({ min: -bound, max: bound }), (x) => {
          expect(centre(field, x)).toBe(bigCentre(q, BigInt(x)));
        }),
        settings,
      );
      for (const x of [0, -0, q, -q, field.half, -field.half, field.half + 1, bound, -bound])
        expect(centre(field, x)).toBe(bigCentre(q, BigInt(x)));
    }
  });

  it('inverts every element but 0', () => {
    for (const q of primes) {
      const field = primeField(q);
      fc.assert(
        fc.property(elements(q, 9), (values) => {
          const invertible = values.filter((a) => a !== 0);
          const each = Float64Array.from(invertible, (a) => inverse(field, a));
          for (const [i, a] of invertible.entries()) expect(centre(field, a * each[i]!)).toBe(1);
          if (invertible.length > 0) expect(inverses(field, invertible)).toEqual(each);
        }),
        settings,
      );
      expect(() => inverse(field, 0)).toThrow(RangeError);
      expect(() => inverse(field, q)).toThrow(RangeError);
    }
  });

  it('multiplies matrices and vectors exactly, at the extremes of the residues too', () => {
    for (const q of primes) {
      const field = primeField(q);
      const shapes = fc.record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 300 }) });
      fc.assert(
        fc.property(
          shapes.chain(({ rows, columns }) =>
            fc.record({
              a: elements(q, rows * columns).map((data) => matrix(rows, columns, data)),
              x: elements(q, columns),
              left: elements(q, rows),
            }),
          ),
          ({ a, x, left }) => {
            const rows = Array.from({ length: a.rows }, (_, i) => a.data.slice(i * a.columns, (i + 1) * a.columns));
            expect([...multiplyVector(field, a, x)]).toEqual(rows.map((row) => bigDot(q, row, x)));
            const columns = Array.from({ length: a.columns }, (_, j) => rows.map((row) => row[j]!));
            expect([...multiplyTransposed(field, left, a)]).toEqual(columns.map((column) => bigDot(q, left, column)));
          },
        ),
        settings,
      );
      const worst = new Float64Array(1001).fill(-field.half);
      expect(dot(field, worst, worst)).toBe(bigDot(q, worst, worst));
      const wide = multiplyMatrix(
        field,
        matrix(1, 1001, worst),
        matrix(1001, 2, new Float64Array(2002).fill(field.half)),
      );
      expect([...wide.data]).toEqual([0, 1].map(() => bigDot(q, worst, new Float64Array(1001).fill(field.half))));
    }
  });

  it('computes a range of rows like the whole', () => {
    const field = primeField(97);
    const a = matrix(
      5,
      3,
      centreAll(
        field,
        Array.from({ length: 15 }, (_, i) => i * i),
      ),
    );
    const x = centreAll(field, [5, 50, 96]);
    expect([...multiplyVector(field, a, x, 2, 4)]).toEqual([...multiplyVector(field, a, x)].slice(2, 4));
    expect(() => multiplyVector(field, a, new Float64Array(4))).toThrow(RangeError);
  });

  it('evaluates the polynomial through given points (Lagrange basis)', () => {
    for (const q of [101, defaultPrime]) {
      const field = primeField(q);
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 }),
          fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }),
          fc.infiniteStream(fc.integer({ min: -50, max: 50 })),
          (nodes, points, coefficients) => {
            const polynomial = nodes.map(() => BigInt(coefficients.next().value));
            const at = (x: number) =>
              bigCentre(
                q,
                polynomial.reduce((sum, c, power) => sum + c * BigInt(x) ** BigInt(power), 0n),
              );
            const basis = lagrangeMatrix(field, nodes, points);
            const values = Float64Array.from(nodes, at);
            expect([...multiplyVector(field, basis, values)]).toEqual(points.map(at));
          },
        ),
        settings,
      );
      expect(() => lagrangeMatrix(field, [1, 2, 1], [5])).toThrow(RangeError);
    }
  });
});

describe('secret residues', () => {
  it('are centred and uniform (chi-square at q = 7 and at a q that a plain modulo would bias)', () => {
    for (const q of [7, 11]) {
      const draws = 70_000;
      const counts = new Map<number, number>();
      for (const r of secretResidues(q, draws)) counts.set(r, (counts.get(r) ?? 0) + 1);
      expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: q }, (_, i) => i - (q - 1) / 2));
      const expected = draws / q;
      const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(60); // 10 degrees of freedom: exceeded by chance once in 10^8 runs
    }
    // with 3·2^30 + 1 residues, `word % q` would give the lowest quarter twice as often: share 1/2 instead of 1/3
    const q = 3 * 2 ** 30 + 1;
    const low = secretResidues(q, 30_000).filter((r) => r + (q - 1) / 2 < 2 ** 30).length / 30_000;
    expect(Math.abs(low - 1 / 3)).toBeLessThan(0.02); // 7 standard deviations
  });
});
