import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTwoClassData } from '../../../src/kinds/training/data.ts';
import { certify, featureLevels, quantise, rangeCheck, secondPrime } from '../../../src/kinds/training/fixed-point.ts';
import {
  fixedPointReference,
  floatingReference,
  product,
  transpose,
  transposedProduct,
} from '../../../src/kinds/training/reference.ts';
import { centre, defaultPrime, primeField } from '../../../src/math/finite-field.ts';
import { matrix } from '../../../src/math/matrix.ts';
import { UserError } from '../../../src/util/errors.ts';
import { randomStream } from '../../../src/util/random.ts';
import { secretResidues } from '../../../src/util/secret.ts';

const field = primeField(defaultPrime);
const fixedPoint = (pixelBits: number, weightBits: number, errorBits: number) => ({ pixelBits, weightBits, errorBits });

describe('fixed point', () => {
  it('rounds to the nearest level, without -0', () => {
    expect([...quantise([0, 0.1, 0.5, 1, -0.01], 15)]).toEqual([0, 2, 8, 15, 0]);
    expect([...quantise([0.124, -0.126], 4)]).toEqual([0, -1]);
  });

  it('certificates of MNIST 4 against 9 leave |e| ≤ 6 at 8 bits a pixel and 114 at 4 bits', async () => {
    const { train } = await openTwoClassData({ mnist: { classes: [4, 9], train: undefined, test: undefined } });
    const at = (bits: number) => matrix(train.x.rows, train.x.columns, quantise(train.x.data, 2 ** bits - 1));
    const eight = certify(field, at(8), fixedPoint(8, 10, 2));
    // counted over the published files with another program
    expect(eight).toMatchObject({ largestRowSum: 54_830, largestColumnSum: 2_480_453, errorLimit: 6 });
    expect(certify(field, at(4), fixedPoint(4, 10, 6)).errorLimit).toBe(114);
    expect(() => certify(field, at(8), fixedPoint(8, 10, 3))).toThrow(/errorBits: 2 is the most that fits/);
    expect(() => certify(field, at(4), fixedPoint(4, 10, 7))).toThrow(UserError);
  });

  it('an error within its certificate never leaves the range, and one beyond it can', () => {
    const small = primeField(10_007);
    const features = matrix(3, 2, Float64Array.of(3, 1, 3, 0, 3, 2)); // column sums 9 and 3
    const { errorLimit } = certify(small, features, fixedPoint(2, 4, 8));
    const gradient = (e: number) => transposedProduct(features, new Float64Array(3).fill(e))[0]!;
    expect(Math.abs(gradient(-errorLimit))).toBeLessThanOrEqual(small.half);
    expect(gradient(errorLimit + 1)).toBeGreaterThan(small.half);
    expect(() => certify(primeField(7), features, fixedPoint(2, 4, 0))).toThrow(/use fewer pixelBits/);
  });

  it('the second prime is another one', () => {
    for (const q of [7, defaultPrime, 2 ** 26 - 5]) {
      expect(secondPrime(q)).not.toBe(q);
      expect(() => primeField(secondPrime(q))).not.toThrow();
    }
  });

  it('the range check passes true products and catches a product that wrapped round the field', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (seed, rows, columns) => {
        const random = randomStream('range', seed);
        const features = matrix(
          rows,
          columns,
          Float64Array.from({ length: rows * columns }, () => random.integer(256)),
        );
        const w = Float64Array.from({ length: columns }, () => random.integer(2 ** 20) - 2 ** 19);
        const e = Float64Array.from({ length: rows }, () => random.integer(2 ** 20) - 2 ** 19);
        const q = 10_007;
        const check = rangeCheck(q, features, secretResidues);
        const z = product(features, w);
        const g = transposedProduct(features, e);
        expect(check.rows(w, z)).toBe(true);
        expect(check.columns(e, g)).toBe(true);
        const wrapped = (values: Float64Array) => values.map((value) => centre(primeField(q), value));
        if (z.some((value) => Math.abs(value) > (q - 1) / 2)) expect(check.rows(w, wrapped(z))).toBe(false);
        if (g.some((value) => Math.abs(value) > (q - 1) / 2)) expect(check.columns(e, wrapped(g))).toBe(false);
      }),
      { seed: 6, numRuns: 100 },
    );
  });
});

describe('the references', () => {
  it('agree: fixed point is within 0.5 points of floating point on MNIST 4 against 9', async () => {
    const data = await openTwoClassData({ mnist: { classes: [4, 9], train: 1500, test: 1000 } });
    const floating = floatingReference(data, 30, 2).evaluations.at(-1)!;
    expect(floating.accuracy).toBeGreaterThan(0.9);
    for (const bits of [fixedPoint(4, 10, 6), fixedPoint(8, 10, 2)]) {
      const features = matrix(1500, 784, quantise(data.train.x.data, featureLevels(bits)));
      const fixed = fixedPointReference(data, features, bits, 30, 2).evaluations.at(-1)!;
      expect(Math.abs(fixed.accuracy - floating.accuracy)).toBeLessThanOrEqual(0.005);
    }
  });

  it('transposes', () => {
    const a = matrix(2, 3, Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(transpose(a)).toEqual(matrix(3, 2, Float64Array.of(1, 4, 2, 5, 3, 6)));
    expect(product(transpose(a), Float64Array.of(1, -1))).toEqual(transposedProduct(a, Float64Array.of(1, -1)));
  });
});
