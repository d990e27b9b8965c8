import { expect, it } from 'vitest';
import { correctAnswers, encodeShares, type LagrangeCode, lagrangeCode } from '../../src/codecs/lagrange.ts';
import {
  centreAll,
  defaultPrime,
  multiplyTransposed,
  multiplyVector,
  primeField,
} from '../../src/math/finite-field.ts';
import { type Matrix, matrix } from '../../src/math/matrix.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';

/**
 * The degree-2 problem of the LCC paper (arXiv 1806.00939), least-squares regression by gradient descent: a worker answers
 * `AᵀA·w` of its coded block `A`. One field of 26 bits is too small for the true products, so each round is coded over two and
 * the integers are joined by Chinese remainders.
 */

const fields = [primeField(defaultPrime), primeField(2 ** 26 - 5)] as const;
const [rows, columns, K, levels, scale] = [60, 8, 3, 15, 2 ** 10];

const random = randomStream('regression test');
/** [60, 8] integer features of 4 bits, and what weights of ±1 make of them. */
const x = matrix(
  rows,
  columns,
  Float64Array.from({ length: rows * columns }, () => random.integer(levels + 1)),
);
const target = product(
  x,
  Float64Array.from({ length: columns }, () => 1 - 2 * random.integer(2)),
);

function product(a: Matrix, w: Float64Array): Float64Array {
  return Float64Array.from({ length: a.rows }, (_, i) =>
    w.reduce((sum, value, j) => sum + a.data[i * a.columns + j]! * value, 0),
  );
}

function transposedProduct(a: Matrix, e: Float64Array): Float64Array {
  return Float64Array.from({ length: a.columns }, (_, j) =>
    e.reduce((sum, value, i) => sum + a.data[i * a.columns + j]! * value, 0),
  );
}

/** The weights after some steps, `XᵀX·w` of integer weights from `gram`. */
function descend(gram: (w: Float64Array) => Float64Array): Float64Array {
  const constant = transposedProduct(x, target); // Xᵀy does not change
  let w: Float64Array = new Float64Array(columns);
  for (let step = 0; step < 20; step++) {
    const g = gram(w.map((value) => Math.round(value * scale)));
    w = w.map((value, j) => value - (0.5 / (rows * levels * levels)) * (g[j]! / scale - constant[j]!));
  }
  return w;
}

/** The integer within ±q₀q₁/2 that has these residues. */
function join(residues: readonly [number, number]): number {
  const [q0, q1] = [BigInt(fields[0].q), BigInt(fields[1].q)];
  let inverse = 1n; // of q₀ mod q₁, by Fermat
  for (let [base, power] = [q0 % q1, q1 - 2n]; power > 0n; power >>= 1n, base = (base * base) % q1)
    if (power & 1n) inverse = (inverse * base) % q1;
  const [a, b] = [BigInt(residues[0]), BigInt(residues[1])];
  const whole = q0 * q1;
  const value = (((a + q0 * ((((b - a) * inverse) % q1) + q1)) % whole) + whole) % whole;
  return Number(value > whole / 2n ? value - whole : value);
}

it.each([0, 2])(
  'least squares with T = %i masks, a straggler and a liar: the weights of no coding, bit for bit',
  (T) => {
    const N = 2 * (K + T - 1) + 1 + 2 + 1;
    const secret = (q: number, count: number) =>
      Float64Array.from({ length: count }, () => random.integer(q) - (q - 1) / 2);
    const codes = fields.map((field): [LagrangeCode, Matrix] => {
      const code = lagrangeCode(field, { K, T, N, degree: 2 });
      const size = (rows / K) * columns;
      return [code, encodeShares(code, matrix(K, size, x.data), matrix(T, size, secret(field.q, T * size)))];
    });
    let widest = 0;
    const coded = descend((w) => {
      const order = sampleWithoutReplacement(random, N, N).slice(1); // the first one is late
      const [a, b] = codes.map(([code, shares]) => {
        const { field } = code;
        const answers = order.map((worker, place) => {
          const share = matrix(
            rows / K,
            columns,
            shares.data.slice(worker * shares.columns, (worker + 1) * shares.columns),
          );
          const answer = multiplyTransposed(field, multiplyVector(field, share, centreAll(field, w)), share);
          return place === 0 ? answer.map((value) => -value) : answer;
        });
        const corrected = correctAnswers(code, order, answers, secret(field.q, columns))!;
        return Array.from({ length: columns }, (_, j) =>
          Array.from({ length: K }, (_, k) => corrected.outputs.data[k * columns + j]!).reduce((sum, v) => sum + v, 0),
        );
      }) as [number[], number[]];
      const joined = Float64Array.from(a, (value, j) => join([value, b[j]!]));
      widest = Math.max(widest, ...joined.map(Math.abs));
      return joined;
    });
    const uncoded = descend((w) => transposedProduct(x, product(x, w)));
    expect(coded).toEqual(uncoded);
    expect(widest).toBeGreaterThan(fields[0].half); // a single field would have wrapped
    const error = (w: Float64Array) => product(x, w).reduce((sum, z, i) => sum + (z - target[i]!) ** 2, 0);
    expect(error(coded)).toBeLessThan(error(new Float64Array(columns)) / 2);
  },
);
