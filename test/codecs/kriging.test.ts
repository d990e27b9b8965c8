import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeCodec, defaultCombination } from '../../src/codecs/compose.ts';
import { encode } from '../../src/codecs/encoder.ts';
import { kriging } from '../../src/codecs/kriging.ts';
import { krigingWeights } from '../../src/codecs/kriging-decoder.ts';
import { placementMatrix } from '../../src/codecs/kriging-encoder.ts';
import { locateByKriging } from '../../src/codecs/kriging-locator.ts';
import { pathOrder } from '../../src/codecs/path-order.ts';
import { workerPositions } from '../../src/codecs/placement.ts';
import { replication } from '../../src/codecs/replication.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';
import { gramOf, matrixOf, multiply, rowsOf } from './arrays.ts';
import { batchOf, receivedOf } from './batch-of.ts';

/** A random situation: points, an encoding (placements or dense), survivors and smooth, noisy answers. */
const situation = fc
  .record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    K: fc.integer({ min: 1, max: 9 }),
    extra: fc.integer({ min: 0, max: 12 }),
    m: fc.integer({ min: 1, max: 14 }),
    c: fc.constantFrom(0, 0.5, 1),
    dense: fc.boolean(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ seed, K, extra, m, c, dense, share }) => {
    const random = randomStream('kriging test', seed);
    const normals = (rows: number, columns: number) =>
      Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
    const N = K + extra;
    const X = normals(K, 4);
    const A = dense && K > 1 ? normals(N, K).map((row) => row.map((a) => a / 3)) : rowsOf(placementMatrix(K, N, c));
    const survivors = sampleWithoutReplacement(random, N, 1 + Math.floor(share * (N - 1))).sort((a, b) => a - b);
    const E = survivors.map((n) => A[n]!);
    const mixing = normals(4, m);
    const Y = rowsOf(multiply(multiply(matrixOf(E), matrixOf(X)), matrixOf(mixing))).map((row) =>
      row.map((y) => Math.tanh(y) + 0.05 * random.normal()),
    );
    return { K, N, m, X, G: gramOf(X), A, survivors, E, Y, random };
  });

const check = (property: fc.IProperty<[never]> | fc.IProperty<unknown[]>) =>
  fc.assert(property as fc.IProperty<unknown[]>, { seed: 7, numRuns: 150 });
const expectClose = (actual: readonly number[], expected: readonly number[], digits: number) => {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits);
};
const shuffled = <T>(values: readonly T[], order: readonly number[]) => order.map((i) => values[i]!);

describe('kriging weights', () => {
  it('sum to one for every query, down to one survivor', () => {
    check(
      fc.property(situation, ({ K, G, E, Y }) => {
        const rows = rowsOf(krigingWeights(matrixOf(E), G, matrixOf(Y)).weights);
        expect(rows).toHaveLength(K);
        for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 8);
      }),
    );
  });

  it('do not depend on the order of the survivors', () => {
    check(
      fc.property(situation, ({ G, E, Y, random }) => {
        const order = sampleWithoutReplacement(random, E.length, E.length);
        const here = krigingWeights(matrixOf(E), G, matrixOf(Y));
        const there = krigingWeights(matrixOf(shuffled(E, order)), G, matrixOf(shuffled(Y, order)));
        expect(there.choice).toEqual(here.choice);
        rowsOf(there.weights).forEach((row, k) => {
          expectClose(row, shuffled(rowsOf(here.weights)[k]!, order), 6);
        });
      }),
    );
  });

  it('move with the queries when these are permuted', () => {
    check(
      fc.property(situation, ({ K, X, E, G, Y, random }) => {
        const order = sampleWithoutReplacement(random, K, K);
        const here = rowsOf(krigingWeights(matrixOf(E), G, matrixOf(Y)).weights);
        const permuted = matrixOf(E.map((row) => shuffled(row, order)));
        const there = rowsOf(krigingWeights(permuted, gramOf(shuffled(X, order)), matrixOf(Y)).weights);
        there.forEach((row, p) => {
          expectClose(row, here[order[p]!]!, 6);
        });
      }),
    );
  });

  it('give equal coded inputs equal weights, so that their answers are averaged', () => {
    check(
      fc.property(situation, ({ E, G, Y, random }) => {
        const copy = random.integer(E.length);
        const answers = [...Y, Y[copy]!.map((y) => y + 0.1 * random.normal())];
        const { weights } = krigingWeights(matrixOf([...E, E[copy]!]), G, matrixOf(answers));
        for (const row of rowsOf(weights)) expect(row.at(-1)).toBeCloseTo(row[copy]!, 6);
      }),
    );
  });

  it('reproduce a constant exactly and are equal for survivors that got the same point', () => {
    const E = matrixOf([
      [0.5, 0.5],
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    const { weights, choice } = krigingWeights(
      E,
      gramOf([
        [1, 2],
        [3, 1],
      ]),
      matrixOf([[1], [2], [4]]),
    );
    expect(choice).toBeUndefined();
    expect(rowsOf(weights)).toEqual(Array.from({ length: 2 }, () => [1 / 3, 1 / 3, 1 / 3]));
    const constant = krigingWeights(
      matrixOf([
        [1, 0],
        [0.6, 0.4],
        [0, 1],
      ]),
      gramOf([
        [1, 2],
        [3, 1],
      ]),
      matrixOf([[3], [3], [3]]),
    );
    for (const row of rowsOf(constant.weights)) expect(3 * row.reduce((a, b) => a + b)).toBeCloseTo(3, 12);
  });

  it('are 1/n for one query, one survivor and equal queries, where nothing tells the answers apart', () => {
    const answers = matrixOf([[1], [2], [6]]);
    const cases = [
      krigingWeights(matrixOf([[1], [1], [1]]), gramOf([[2, 1]]), answers),
      krigingWeights(
        matrixOf([[0.3, 0.7]]),
        gramOf([
          [2, 1],
          [0, 1],
        ]),
        matrixOf([[5]]),
      ),
      krigingWeights(
        matrixOf([
          [1, 0],
          [0.5, 0.5],
          [0, 1],
        ]),
        gramOf([
          [0.1, 0.7],
          [0.1, 0.7],
        ]),
        answers,
      ),
    ];
    for (const { weights, choice } of cases) {
      expect(choice).toBeUndefined();
      for (const w of weights.data) expect(w).toBe(1 / weights.columns);
    }
  });

  it('take the first candidate when two survivors leave all equally likely', () => {
    for (const scale of [1e-3, 1, 1e3]) {
      const Y = matrixOf([
        [0.3 * scale, 1],
        [0.7 * scale, -2],
      ]);
      const { choice } = krigingWeights(
        matrixOf([
          [1, 0, 0],
          [0, 0.2, 0.8],
        ]),
        gramOf([
          [1, 2],
          [3, 1],
          [0, 5],
        ]),
        Y,
      );
      expect(choice).toEqual({ kernel: 'matern3/2 l=0.25', nugget: 1e-6 });
    }
  });

  it('skip the Matérn kernels when most pairs of queries are equal', () => {
    const X = [
      [0.1, 0.2],
      [0.1, 0.2],
      [0.1, 0.2],
      [0.1, 0.2],
      [0.7, 0.9],
    ];
    const E = matrixOf([
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0.5, 0.5],
      [0, 0, 0, 0, 1],
    ]);
    const { choice, weights } = krigingWeights(E, gramOf(X), matrixOf([[1], [3], [4]]));
    expect(choice?.kernel).toMatch(/^relu/);
    expectClose(rowsOf(weights)[1]!, rowsOf(weights)[0]!, 9);
  });

  it('do not change when many outputs are compressed to the rank of the answers', () => {
    check(
      fc.property(situation, ({ E, G, Y, random }) => {
        // An orthonormal change of outputs, embedded in more of them, keeps every inner product of answers
        const wide = Y.map((row) => [...row, ...Array.from({ length: 20 }, () => 0)]);
        const v = wide[0]!.map(() => random.normal());
        const norm = v.reduce((sum, x) => sum + x * x, 0);
        const turned = wide.map((row) => {
          const dot = row.reduce((sum, y, j) => sum + y * v[j]!, 0);
          return row.map((y, j) => y - (2 * dot * v[j]!) / norm);
        });
        const here = krigingWeights(matrixOf(E), G, matrixOf(wide));
        const there = krigingWeights(matrixOf(E), G, matrixOf(turned));
        expect(there.choice).toEqual(here.choice);
      }),
    );
  });
});

describe('path order', () => {
  it('is a permutation that no reversal shortens', () => {
    check(
      fc.property(situation, ({ K, X, G }) => {
        const path = [...pathOrder(G)];
        expect([...path].sort((a, b) => a - b)).toEqual(Array.from({ length: K }, (_, k) => k));
        const length = (order: number[]) =>
          order.slice(1).reduce((sum, q, p) => sum + Math.hypot(...X[q]!.map((x, d) => x - X[order[p]!]![d]!)), 0);
        for (let i = 0; i < K; i++) {
          for (let j = i + 1; j < K; j++) {
            const reversed = [...path.slice(0, i), ...path.slice(i, j + 1).reverse(), ...path.slice(j + 1)];
            expect(length(reversed)).toBeGreaterThan(length(path) - 1e-6);
          }
        }
      }),
    );
  });

  it('sorts points on a line', () => {
    const values = [5, -1, 3, 12, 0.5, 7];
    const sorted = [...pathOrder(gramOf(values.map((x) => [x])))].map((k) => values[k]!);
    expect([...sorted].sort((a, b) => (sorted[0]! < 0 ? a - b : b - a))).toEqual(sorted);
  });
});

describe('placement', () => {
  it('has at most two non-zeros a row, summing to one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (K, N, c) => {
          for (const row of rowsOf(placementMatrix(K, N, c))) {
            expect(row.filter((a) => a !== 0).length).toBeLessThanOrEqual(2);
            expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
            expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { seed: 3 },
    );
  });

  it('is the identity for N = K and copies for c = 0', () => {
    expect(rowsOf(placementMatrix(4, 4, 0.5))).toEqual(
      [0, 1, 2, 3].map((k) => [0, 1, 2, 3].map((j) => Number(j === k))),
    );
    expect(rowsOf(placementMatrix(2, 4, 0))).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });
});

describe('locator', () => {
  const G = gramOf([
    [0, 1],
    [2, 2],
    [4, 1],
    [5, 5],
  ]);
  const E = placementMatrix(4, 16, 0.5);

  it('never removes a worker when the answers are constant, and finds the one that differs', () => {
    const answers = Array.from({ length: 16 }, () => [0.1 + 0.2, -7]);
    expect(locateByKriging(E, G, matrixOf(answers))).toEqual([]);
    answers[5] = [0.3001, -7];
    expect(locateByKriging(E, G, matrixOf(answers))).toEqual([5]);
    expect(locateByKriging(E, G, matrixOf(answers.map(() => [0])))).toEqual([]);
  });

  it('outvotes liars of any size among copies of one query', () => {
    const answers = [[1], [1.01], [0.99], [1e6], [1], [-1e3], [1.02], [1]];
    expect(locateByKriging(matrixOf(answers.map(() => [1])), gramOf([[3, 4]]), matrixOf(answers))).toEqual([3, 5]);
  });

  it('removes nobody when the survivors leave no room', () => {
    const rows = rowsOf(E);
    const few = [rows[0]!, rows[5]!, rows[10]!, rows[15]!, rows[2]!];
    expect(locateByKriging(matrixOf(few), G, matrixOf([[1], [2], [3], [4], [99]]))).toEqual([]);
  });
});

describe('the scheme', () => {
  const X = Array.from({ length: 6 }, (_, k) => [Math.cos(5 * k), Math.sin(3 * k), k % 3]);
  const batch = batchOf(X);
  const f = (x: readonly number[]) => [Math.sin(x[0]! + x[1]!), x[0]! * x[2]!];
  const options = { placement: { c: 0.5 } };

  function decoded(combination = { ...defaultCombination, ...kriging.combination }, liar?: number) {
    const { encoder, decoder, locator } = composeCodec(kriging, options, combination, 6, 24);
    const encoding = encode(encoder, batch);
    const answers = rowsOf(multiply(encoding.matrix, matrixOf(X))).map(f);
    if (liar !== undefined) answers[liar] = [30, -30];
    const survivors = Array.from({ length: 24 }, (_, n) => n).filter((n) => n % 5 !== 2);
    const received = receivedOf({ encoding, batch }, answers, survivors);
    return { encoding, outputs: decoder.decode(received).outputs, located: locator?.locate(received) };
  }

  it('answers in the order of the batch, near the true outputs', () => {
    const { outputs } = decoded();
    const errors = X.flatMap(f).map((y, i) => Math.abs(outputs[i]! - y));
    expect(Math.max(...errors)).toBeLessThan(0.1);
  });

  it('gives the same outputs through its own decoder in the order of the path', () => {
    const own = decoded({ order: 'path', decoder: 'own', locator: 'none' }).outputs;
    expect(own).toEqual(decoded().outputs);
  });

  it('sends neighbours on the path to the workers by the permutation that replication uses', () => {
    const { encoding } = decoded();
    const path = pathOrder(batch.gram());
    const positions = rowsOf(placementMatrix(6, 24, 0.5));
    workerPositions(24).forEach((position, n) => {
      const row = rowsOf(encoding.matrix)[n]!;
      expect([...path].map((query) => row[query])).toEqual(positions[position]);
    });
  });

  it('refuses to decode answers of parity models', () => {
    const parity = {
      ...kriging,
      name: 'parm',
      encoder: () => ({ ...kriging.encoder(2, 3, options), workerModels: new Map() }),
    };
    const compose = (combination: object) => () =>
      composeCodec(parity, options, { ...defaultCombination, ...combination }, 2, 3);
    expect(compose({ decoder: 'kriging' })).toThrow(/decoder: kriging needs one for all/);
    expect(compose({ locator: 'kriging' })).toThrow(/locator: kriging needs one for all/);
  });

  it('refuses to re-order coded points that are no sums of queries', () => {
    const encoder = kriging.encoder(2, 3, options);
    const tiles = { ...kriging, encoder: () => ({ ...encoder, points: new Map([[2, () => new Float32Array(3)]]) }) };
    const compose = () => composeCodec(tiles, options, { ...defaultCombination, order: 'path' }, 2, 3);
    expect(compose).toThrow(/order: path needs/);
  });

  it('locates a liar by worker number with the kriging locator', () => {
    const { located } = decoded({ order: 'path', decoder: 'kriging', locator: 'kriging' }, 13);
    expect([...located!]).toEqual([13]);
  });

  it('keeps `available` with the queries when replication is put in path order', () => {
    const { encoder, decoder } = composeCodec(
      replication,
      { fallback: 'nearest', placement: 'block' },
      { order: 'path', decoder: 'own', locator: 'none' },
      6,
      6,
    );
    const encoding = encode(encoder, batch);
    const answers = rowsOf(multiply(encoding.matrix, matrixOf(X))).map(f);
    const result = decoder.decode(receivedOf({ encoding, batch }, answers, [0, 1, 3, 4, 5]));
    expect(result.available!.indexOf(0)).toBe(encoding.order![2]);
    result.available!.forEach((there, k) => {
      if (there) expect([...result.outputs.subarray(2 * k, 2 * k + 2)]).toEqual(f(X[k]!));
    });
  });
});
