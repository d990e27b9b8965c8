import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verificationKey, verify } from '../../src/codecs/freivalds.ts';
import { centre, defaultPrime, multiplyVector, primeField } from '../../src/math/finite-field.ts';
import { matrix } from '../../src/math/matrix.ts';
import { randomStream } from '../../src/util/random.ts';
import { secretResidues } from '../../src/util/secret.ts';

function elements(q: number, length: number, seed: number): Float64Array {
  const random = randomStream('freivalds test', seed);
  return Float64Array.from({ length }, () => random.integer(q) - (q - 1) / 2);
}

describe('Freivalds verification', () => {
  it('accepts every right answer', () => {
    const shape = fc.record({
      q: fc.constantFrom(3, 101, defaultPrime),
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shape, ({ q, rows, columns, seed }) => {
        const field = primeField(q);
        const share = matrix(rows, columns, elements(q, rows * columns, seed));
        const x = elements(q, columns, seed + 1);
        const key = verificationKey(field, share, secretResidues(q, rows));
        expect(verify(field, key, x, multiplyVector(field, share, x))).toBe(true);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('accepts a wrong answer for exactly 1/q of all keys (every key over F_7)', () => {
    const q = 7;
    const field = primeField(q);
    const share = matrix(3, 2, elements(q, 6, 1));
    const x = Float64Array.of(2, -3);
    const right = multiplyVector(field, share, x);
    for (const error of [
      [1, 0, 0],
      [0, -3, 2],
      [3, 1, -1],
    ]) {
      const wrong = right.map((value, i) => centre(field, value + error[i]!));
      let accepted = 0;
      for (let code = 0; code < q ** 3; code++) {
        const r = Float64Array.of(code % q, Math.floor(code / q) % q, Math.floor(code / q ** 2)).map((a) => a - 3);
        if (verify(field, verificationKey(field, share, r), x, wrong)) accepted++;
      }
      expect(accepted).toBe(q ** 3 / q);
    }
  });

  it('accepts wrong answers at a rate of 1/q with cryptographic keys (measured over F_101)', () => {
    const q = 101;
    const field = primeField(q);
    const share = matrix(4, 5, elements(q, 20, 1));
    const x = elements(q, 5, 2);
    const wrong = multiplyVector(field, share, x).map((value) => centre(field, -value)); // reversed value
    const trials = 60_000;
    let accepted = 0;
    for (let t = 0; t < trials; t++)
      if (verify(field, verificationKey(field, share, secretResidues(q, 4)), x, wrong)) accepted++;
    const expected = trials / q;
    expect(Math.abs(accepted - expected)).toBeLessThan(6 * Math.sqrt(expected)); // 6 standard deviations
  });

  it('refuses an answer of the wrong length or with numbers that are no elements', () => {
    const field = primeField(7);
    const key = verificationKey(field, matrix(2, 1, Float64Array.of(1, 2)), Float64Array.of(0, 0));
    const x = Float64Array.of(1);
    expect(verify(field, key, x, Float64Array.of(1, 2))).toBe(true);
    for (const bad of [[1], [1, 2, 0], [1, 9], [Number.NaN, 2], [0.5, 0.25]])
      expect(verify(field, key, x, Float64Array.from(bad))).toBe(false);
  });
});
