import fc from 'fast-check';
import { Matrix, pseudoInverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { leastSquares } from '../../src/math/least-squares.ts';
import { randomStream } from '../../src/util/random.ts';

const columnsOf = (A: Matrix) =>
  Float64Array.from({ length: A.rows * A.columns }, (_, at) => A.get(at % A.rows, Math.floor(at / A.rows)));

describe('leastSquares', () => {
  it('agrees with the pseudo-inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(6), fc.nat(10_000), (d, more, seed) => {
        const stream = randomStream(seed);
        const A = new Matrix(Array.from({ length: d + more }, () => Array.from({ length: d }, () => stream.normal())));
        const b = Float64Array.from({ length: d + more }, () => stream.normal());
        const expected = pseudoInverse(A)
          .mmul(Matrix.columnVector(Array.from(b)))
          .getColumn(0);
        const x = leastSquares(columnsOf(A), b.slice())!;
        const scale = Math.max(...expected.map(Math.abs));
        expected.forEach((value, i) => {
          expect(Math.abs(x[i]! - value)).toBeLessThan(1e-7 * (1 + scale) ** 2);
        });
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('says when the solution is not unique', () => {
    expect(leastSquares(Float64Array.of(1, 2, 3, 2, 4, 6), Float64Array.of(1, 1, 1))).toBeUndefined();
    expect(leastSquares(new Float64Array(3), Float64Array.of(1, 1, 1))).toBeUndefined();
  });
});
