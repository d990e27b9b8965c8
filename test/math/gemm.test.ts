import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePoints, encodePointsPlainly } from '../../src/math/gemm.ts';
import { matrix } from '../../src/math/matrix.ts';
import { randomStream } from '../../src/util/random.ts';

function problem(N: number, K: number, D: number) {
  const random = randomStream('gemm', N, K, D);
  const A = matrix(
    N,
    K,
    Float64Array.from({ length: N * K }, () => random.normal()),
  );
  const X = Float32Array.from({ length: K * D }, () => random.normal());
  return { A, X };
}

/** The largest difference from the product in doubles. */
function largestError(A: ReturnType<typeof matrix>, X: Float32Array, D: number, out: Float32Array): number {
  let worst = 0;
  for (let i = 0; i < A.rows; i++) {
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let k = 0; k < A.columns; k++) sum += A.data[i * A.columns + k]! * X[k * D + d]!;
      worst = Math.max(worst, Math.abs(sum - out[i * D + d]!));
    }
  }
  return worst;
}

describe('encodePoints', () => {
  it('is the product for odd sizes, padded ones, one panel and several', () => {
    for (const [N, K, D] of [
      [1, 1, 1],
      [4, 20, 8],
      [5, 3, 7],
      [60, 20, 784],
      [61, 19, 785],
      [100, 20, 3073],
      [3, 2, 60_001],
    ] as const) {
      const { A, X } = problem(N, K, D);
      const out = new Float32Array(N * D).fill(Number.NaN);
      encodePoints(A, X, D, out);
      // K products of normal deviates, each rounded to 24 bits
      expect(largestError(A, X, D, out), `${N} x ${K} x ${D}`).toBeLessThan(K * 2e-6);
    }
  });

  it('gives the bits of the plain product whatever the size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 2500 }),
        (N, K, D) => {
          const { A, X } = problem(N, K, D);
          const fast = new Float32Array(N * D);
          const plain = new Float32Array(N * D);
          encodePoints(A, X, D, fast);
          encodePointsPlainly(A, X, D, plain);
          expect(Buffer.compare(Buffer.from(fast.buffer), Buffer.from(plain.buffer))).toBe(0);
        },
      ),
      { seed: 6, numRuns: 60 },
    );
  });

  it('copies a query exactly where a row is a unit vector', () => {
    const { X } = problem(4, 3, 50);
    const A = matrix(4, 3, Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0));
    const out = new Float32Array(200);
    encodePoints(A, X, 50, out);
    [1, 0, 2, 1].forEach((k, n) => {
      expect(out.subarray(n * 50, n * 50 + 50)).toEqual(X.subarray(k * 50, k * 50 + 50));
    });
  });

  it('gives zeros for a sum of no queries and nothing for no points', () => {
    const out = new Float32Array(6).fill(1);
    encodePoints(matrix(2, 0), new Float32Array(0), 3, out);
    expect([...out]).toEqual([0, 0, 0, 0, 0, 0]);
    encodePoints(matrix(0, 3), new Float32Array(9), 3, new Float32Array(0));
  });

  it('leaves what lies behind the product in a larger array', () => {
    const { A, X } = problem(3, 2, 9);
    const out = new Float32Array(30).fill(7);
    encodePoints(A, X, 9, out);
    expect([...out.subarray(27)]).toEqual([7, 7, 7]);
    expect(largestError(A, X, 9, out)).toBeLessThan(1e-5);
  });

  it('refuses arrays that do not have the shape', () => {
    const { A, X } = problem(4, 3, 5);
    expect(() => encodePoints(A, X, 6, new Float32Array(24))).toThrow('15 numbers do not fill X [3, 6]');
    expect(() => encodePoints(A, X, 5, new Float32Array(19))).toThrow('19 numbers do not hold the product [4, 5]');
  });

  it('runs the kernels that the .wat files compile to', () => {
    const script = fileURLToPath(new URL('../../scripts/build-wasm.js', import.meta.url));
    expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
  });
});
