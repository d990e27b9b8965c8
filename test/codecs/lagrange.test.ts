import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  correctAnswers,
  decodeAnswers,
  encodeShares,
  lagrangeCode,
  recoveryThreshold,
  requiredWorkers,
} from '../../src/codecs/lagrange.ts';
import { centre, defaultPrime, multiplyVector, primeField } from '../../src/math/finite-field.ts';
import { type Matrix, matrix } from '../../src/math/matrix.ts';
import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/random.ts';

const settings = { seed: 6, numRuns: 120 };

function residues(q: number, rows: number, columns: number, seed: number): Matrix {
  const random = randomStream('lagrange test', seed);
  const data = Float64Array.from({ length: rows * columns }, () => random.integer(q) - (q - 1) / 2);
  return matrix(rows, columns, data);
}

const row = ({ data, columns }: Matrix, i: number) => data.slice(i * columns, (i + 1) * columns);

/** A code, its data, and what the workers would answer for a function of degree 1 or 2. */
const setting = fc
  .record({
    q: fc.constantFrom(101, defaultPrime),
    K: fc.integer({ min: 1, max: 6 }),
    T: fc.integer({ min: 0, max: 3 }),
    degree: fc.constantFrom(1, 2),
    spare: fc.integer({ min: 0, max: 5 }),
    seed: fc.nat(),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ q, K, T, degree, spare, seed, order }) => {
    const field = primeField(q);
    const N = Math.max(T + 1, recoveryThreshold({ K, T, degree }) + spare);
    const code = lagrangeCode(field, { K, T, N, degree });
    const [rows, columns] = [4, 3];
    const blocks = residues(q, K, rows * columns, seed);
    const x = residues(q, 1, columns, seed + 1).data;
    // degree 1: block·x; degree 2: the squares of its entries
    const f = (block: Float64Array) => {
      const y = multiplyVector(field, matrix(rows, columns, block), x);
      return degree === 1 ? y : y.map((value) => centre(field, value * value));
    };
    const shares = encodeShares(code, blocks, residues(q, T, rows * columns, seed + 2));
    const answers = Array.from({ length: N }, (_, i) => f(row(shares, i)));
    const truth = Array.from({ length: K }, (_, k) => f(row(blocks, k)));
    const arrival = Array.from({ length: N }, (_, i) => ({ i, key: order.next().value }));
    const workers = arrival.sort((a, b) => a.key - b.key || a.i - b.i).map(({ i }) => i);
    return { field, code, answers, truth, workers, seed };
  });

describe('Lagrange coded computing', () => {
  it('decodes from any (K+T-1)·degree + 1 right answers', () => {
    fc.assert(
      fc.property(setting, ({ code, answers, truth, workers }) => {
        const first = workers.slice(0, code.threshold);
        const outputs = decodeAnswers(
          code,
          first,
          first.map((i) => answers[i]!),
        );
        expect(truth.map((_, k) => row(outputs, k))).toEqual(truth);
        expect(() => decodeAnswers(code, first.slice(1), [])).toThrow(RangeError);
      }),
      settings,
    );
  });

  it('corrects M wrong answers of threshold + 2M and names the liars', () => {
    fc.assert(
      fc.property(setting, fc.nat(), ({ field, code, answers, truth, workers, seed }, wish) => {
        const M = wish % (Math.floor((code.N - code.threshold) / 2) + 1);
        const first = workers.slice(0, code.threshold + 2 * M);
        const liars = first.slice(0, M);
        const received = first.map((i) =>
          liars.includes(i) ? answers[i]!.map((value) => centre(field, 1 - value)) : answers[i]!,
        );
        const right = liars.filter((i) => answers[i]!.some((value) => centre(field, 1 - value) !== value));
        const combination = residues(field.q, 1, answers[0]!.length, seed + 3).data;
        const corrected = correctAnswers(code, first, received, combination)!;
        expect(truth.map((_, k) => row(corrected.outputs, k))).toEqual(truth);
        expect(corrected.liars).toEqual(right.sort((a, b) => a - b));
      }),
      settings,
    );
  });

  it('finds wrong answers that the random combination misses, coordinate by coordinate', () => {
    const field = primeField(101);
    const code = lagrangeCode(field, { K: 3, T: 0, N: 7, degree: 1 });
    const blocks = residues(101, 3, 4, 1);
    const shares = encodeShares(code, blocks, matrix(0, 4));
    const workers = [0, 1, 2, 3, 4, 5, 6];
    const received = workers.map((i) => row(shares, i));
    received[5]![2] = centre(field, received[5]![2]! + 9);
    received[1]![0] = centre(field, received[1]![0]! - 9);
    const blind = new Float64Array(4); // a combination that sees nothing
    const corrected = correctAnswers(code, workers, received, blind)!;
    expect(corrected.liars).toEqual([1, 5]);
    expect(corrected.outputs).toEqual(blocks);
  });

  it('says so when more answers are wrong than can be corrected', () => {
    const field = primeField(defaultPrime);
    const code = lagrangeCode(field, { K: 9, T: 0, N: 12, degree: 1 });
    const shares = encodeShares(code, residues(defaultPrime, 9, 20, 1), matrix(0, 20));
    const workers = Array.from({ length: 12 }, (_, i) => i);
    const received = workers.map((i) => (i < 2 ? row(shares, i).map((value) => -value) : row(shares, i)));
    expect(correctAnswers(code, workers, received, residues(defaultPrime, 1, 20, 2).data)).toBeUndefined();
    expect(correctAnswers(code, workers.slice(0, 8), received, new Float64Array(20))).toBeUndefined();
  });

  it('is an MDS code: the shares of any K of N workers give the blocks back by Gaussian elimination in big integers', () => {
    const [K, N, q] = [3, 6, BigInt(defaultPrime)];
    const code = lagrangeCode(primeField(defaultPrime), { K, T: 0, N, degree: 1 });
    const blocks = residues(defaultPrime, K, 4, 8);
    const shares = encodeShares(code, blocks, matrix(0, 4));
    const mod = (a: bigint) => ((a % q) + q) % q;
    const inverse = (a: bigint) => {
      let [result, base] = [1n, a];
      for (let power = q - 2n; power > 0n; power >>= 1n, base = mod(base * base))
        if (power & 1n) result = mod(result * base);
      return result;
    };
    const big = (values: Float64Array) => Array.from(values, (value) => mod(BigInt(value)));
    for (let set = 0; set < 2 ** N; set++) {
      const workers = Array.from({ length: N }, (_, i) => i).filter((i) => (set >> i) & 1);
      if (workers.length !== K) continue;
      // [encoding | shares] of these workers, reduced to [1 | blocks]
      const rows = workers.map((i) => [...big(row(code.encoding, i)), ...big(row(shares, i))]);
      for (let c = 0; c < K; c++) {
        const pivot = rows.findIndex((r, i) => i >= c && r[c] !== 0n);
        expect([workers, pivot >= 0]).toEqual([workers, true]);
        [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
        const scale = inverse(rows[c]![c]!);
        rows[c] = rows[c]!.map((value) => mod(value * scale));
        for (let i = 0; i < K; i++)
          if (i !== c) {
            const factor = rows[i]![c]!;
            rows[i] = rows[i]!.map((value, j) => mod(value - factor * rows[c]![j]!));
          }
      }
      rows.forEach((reduced, k) => {
        expect(reduced.slice(K)).toEqual(big(row(blocks, k)));
      });
    }
  });

  it('is systematic without masks: the first K shares are the blocks', () => {
    const code = lagrangeCode(primeField(101), { K: 4, T: 0, N: 6, degree: 1 });
    const blocks = residues(101, 4, 5, 3);
    const shares = encodeShares(code, blocks, matrix(0, 5));
    expect(shares.data.slice(0, 20)).toEqual(blocks.data);
  });
});

describe('privacy of the shares', () => {
  /** All vectors of `length` centred elements. */
  function* everyVector(q: number, length: number): Generator<number[]> {
    if (length === 0) yield [];
    else for (const rest of everyVector(q, length - 1)) for (let a = 0; a < q; a++) yield [a - (q - 1) / 2, ...rest];
  }

  function subsets(n: number, size: number): number[][] {
    if (size === 0) return [[]];
    return Array.from({ length: n }, (_, i) => i).flatMap((last) => subsets(last, size - 1).map((s) => [...s, last]));
  }

  it('over all q^T masks, any T shares take the same multiset of values whatever the data', () => {
    for (const { q, K, T, N } of [
      { q: 7, K: 2, T: 1, N: 4 },
      { q: 11, K: 2, T: 2, N: 5 },
      { q: 11, K: 3, T: 1, N: 5 },
    ]) {
      const code = lagrangeCode(primeField(q), { K, T, N, degree: 1 });
      const data = T === 2 ? [...everyVector(q, K)].filter((_, i) => i % 7 === 0) : [...everyVector(q, K)];
      for (const group of subsets(N, T)) {
        const views = data.map((blocks) => {
          const seen = new Map<string, number>();
          for (const masks of everyVector(q, T)) {
            const shares = encodeShares(
              code,
              matrix(K, 1, Float64Array.from(blocks)),
              matrix(T, 1, Float64Array.from(masks)),
            );
            const view = group.map((i) => shares.data[i]).join();
            seen.set(view, (seen.get(view) ?? 0) + 1);
          }
          return [...seen].sort().join(';');
        });
        expect(new Set(views).size).toBe(1);
        // and the one multiset is the uniform one: each of the q^T views once
        expect(views[0]!.split(';')).toHaveLength(q ** T);
      }
    }
  });

  it('T + 1 shares do tell data apart (the test above can fail)', () => {
    const code = lagrangeCode(primeField(7), { K: 2, T: 1, N: 4, degree: 1 });
    const view = (blocks: number[]) =>
      [-3, -2, -1, 0, 1, 2, 3]
        .map((mask) => encodeShares(code, matrix(2, 1, Float64Array.from(blocks)), matrix(1, 1, Float64Array.of(mask))))
        .map((shares) => shares.data.slice(0, 2).join())
        .sort()
        .join(';');
    expect(view([0, 0])).not.toBe(view([1, 2]));
  });

  it('refuses a worker node on a data node, but only where there is privacy to lose', () => {
    const field = primeField(11);
    expect(() => lagrangeCode(field, { K: 2, T: 1, N: 4, degree: 1 }, [3, 4, 1, 5])).toThrow(/worker 2 .*data node/);
    expect(() => lagrangeCode(field, { K: 2, T: 0, N: 4, degree: 1 }, [3, 4, 1, 5])).not.toThrow();
  });
});

describe('bounds', () => {
  const field = primeField(11);
  it('N below the bound, T ≥ N, too small a field and equal nodes are user errors that name the bound', () => {
    expect(() => lagrangeCode(field, { K: 3, T: 1, N: 6, degree: 2 })).toThrow(/N ≥ \(K\+T-1\)·degree \+ 1 = 7/);
    expect(() => lagrangeCode(field, { K: 1, T: 3, N: 3, degree: 1 })).toThrow(/T < N/);
    expect(() => lagrangeCode(field, { K: 4, T: 1, N: 7, degree: 1 })).toThrow(/q ≥ N \+ K \+ T/);
    expect(() => lagrangeCode(field, { K: 2, T: 0, N: 3, degree: 1 }, [1, 2, 12])).toThrow(UserError);
  });

  it('there is no code without a block, a function or a whole number of each', () => {
    const code = { K: 2, T: 0, N: 6, degree: 1 };
    expect(() => lagrangeCode(field, { ...code, K: 0 })).toThrow(/K = 0: .*whole number of at least 1/);
    expect(() => lagrangeCode(field, { ...code, K: 0, T: 2 })).toThrow(/K = 0/); // masks alone
    expect(() => lagrangeCode(field, { ...code, K: -1 })).toThrow(UserError);
    expect(() => lagrangeCode(field, { ...code, K: 1.5 })).toThrow(/K = 1.5/);
    expect(() => lagrangeCode(field, { ...code, degree: 0 })).toThrow(/degree = 0: .*at least 1/);
    expect(() => lagrangeCode(field, { ...code, degree: -2 })).toThrow(UserError);
    expect(() => lagrangeCode(field, { ...code, T: -1 })).toThrow(/T = -1: .*at least 0/);
    expect(() => lagrangeCode(field, { ...code, K: Number.NaN })).toThrow(UserError);
  });

  it('a wrong answer costs LCC two workers and AVCC one: S + 2M ≤ 3 and S + M ≤ 3 at N = 12, K = 9', () => {
    const fits = (S: number, E: number, cost: 1 | 2) => requiredWorkers({ K: 9, T: 0, degree: 1, S, E }, cost) <= 12;
    for (let S = 0; S <= 4; S++)
      for (let E = 0; E <= 4; E++) {
        expect(fits(S, E, 2)).toBe(S + 2 * E <= 3);
        expect(fits(S, E, 1)).toBe(S + E <= 3);
      }
  });
});
