import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPrime, primeField } from '../../src/math/finite-field.ts';
import {
  decodeReedSolomon,
  dividePolynomials,
  evaluate,
  interpolate,
  multiplyPolynomials,
} from '../../src/math/reed-solomon.ts';

const settings = { seed: 6, numRuns: 150 };
const fields = [primeField(31), primeField(defaultPrime)];
const element = (q: number) => fc.integer({ min: -(q - 1) / 2, max: (q - 1) / 2 });

describe('polynomials over a field', () => {
  it('divide with remainder', () => {
    const field = primeField(31);
    const polynomial = fc
      .array(element(31), { maxLength: 8 })
      .filter((p) => p.length === 0 || p.at(-1) !== 0)
      .map((p) => p as readonly number[]);
    fc.assert(
      fc.property(polynomial, polynomial, (a, b) => {
        if (b.length === 0) {
          expect(() => dividePolynomials(field, a, b)).toThrow(RangeError);
          return;
        }
        const { quotient, remainder } = dividePolynomials(field, a, b);
        expect(remainder.length).toBeLessThan(b.length);
        const product = multiplyPolynomials(field, quotient, b);
        for (let x = -3; x <= 3; x++) {
          const sum = evaluate(field, product, x) + evaluate(field, remainder, x);
          expect(Math.abs(sum - evaluate(field, a, x)) % 31).toBe(0);
        }
      }),
      settings,
    );
  });

  it('interpolate gives back the coefficients (Vandermonde solve)', () => {
    for (const field of fields)
      fc.assert(
        fc.property(fc.array(element(field.q), { minLength: 1, maxLength: 9 }), (coefficients) => {
          const nodes = coefficients.map((_, i) => i + 2);
          const values = nodes.map((x) => evaluate(field, coefficients, x));
          const p = interpolate(field, nodes, values);
          expect([...p, ...new Array(coefficients.length - p.length).fill(0)]).toEqual(coefficients.map((c) => c + 0));
        }),
        settings,
      );
  });
});

describe('Reed-Solomon decoding', () => {
  /** A random word with errors and erasures: nodes that are left, what came at them, and where it is wrong. */
  const received = (q: number) =>
    fc
      .record({
        coefficients: fc.array(element(q), { minLength: 1, maxLength: 6 }),
        spare: fc.integer({ min: 0, max: 7 }),
        errors: fc.integer({ min: 0, max: 9 }),
        places: fc.shuffledSubarray(
          Array.from({ length: 13 }, (_, i) => i),
          { minLength: 13, maxLength: 13 },
        ),
        shifts: fc.array(fc.integer({ min: 1, max: q - 1 }), { minLength: 13, maxLength: 13 }),
      })
      .map(({ coefficients, spare, errors, places, shifts }) => {
        const n = coefficients.length + spare;
        const nodes = places.slice(0, n); // the other places are erasures
        const wrong = Math.min(errors, n);
        return { coefficients, n, nodes, wrong, shifts };
      });

  it('corrects up to half the spare answers, and names the wrong ones', () => {
    for (const field of fields)
      fc.assert(
        fc.property(received(field.q), ({ coefficients, n, nodes, wrong, shifts }) => {
          const within = Math.min(wrong, Math.floor((n - coefficients.length) / 2));
          const values = nodes.map((x, i) => evaluate(field, coefficients, x) + (i < within ? shifts[i]! : 0));
          const word = decodeReedSolomon(field, nodes, values, coefficients.length);
          expect(word?.errors).toEqual(Array.from({ length: within }, (_, i) => i));
          for (const x of nodes) expect(evaluate(field, word!.polynomial, x)).toBe(evaluate(field, coefficients, x));
        }),
        settings,
      );
  });

  it('beyond that, either fails or gives another codeword within the radius, never a word outside it', () => {
    let failures = 0;
    fc.assert(
      fc.property(received(31), ({ coefficients, n, nodes, wrong, shifts }) => {
        const dimension = coefficients.length;
        const values = nodes.map((x, i) => evaluate(fields[0]!, coefficients, x) + (i < wrong ? shifts[i]! : 0));
        const word = decodeReedSolomon(fields[0]!, nodes, values, dimension);
        if (word === undefined) failures++;
        else {
          expect(2 * word.errors.length).toBeLessThanOrEqual(n - dimension);
          expect(word.polynomial.length).toBeLessThanOrEqual(dimension);
        }
      }),
      settings,
    );
    expect(failures).toBeGreaterThan(10);
  });

  it('needs as many answers as the dimension', () => {
    expect(decodeReedSolomon(fields[0]!, [1, 2], [3, 4], 3)).toBeUndefined();
  });
});
