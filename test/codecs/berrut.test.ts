import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bacc, berrutDecoder, berrutEncoder, berrutMatrix } from '../../src/codecs/berrut.ts';
import { encode } from '../../src/codecs/encoder.ts';
import { chebyshevFirstKind, chebyshevSecondKind, coincidentNodes, workerNodes } from '../../src/codecs/nodes.ts';
import { batchOf, largestRowSumError, product, received, subsets, survivorSets } from './helpers.ts';

describe('berrutMatrix', () => {
  it('evaluates the interpolant of the formula', () => {
    const from = chebyshevSecondKind(4);
    const [row] = [berrutMatrix(from, [0.3]).data];
    const weights = [1, -1, 1, -1].map((sign, j) => sign / (0.3 - from[j]!));
    const sum = weights.reduce((a, b) => a + b);
    weights.forEach((weight, j) => {
      expect(row[j]).toBeCloseTo(weight / sum, 14);
    });
  });

  it('is the unit vector at a node, also one that is off by rounding', () => {
    const from = [-0.5, 0.25, 1];
    expect([...berrutMatrix(from, [0.25, 0.25 + 2 * Number.EPSILON, 1]).data]).toEqual([0, 1, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('does not depend on the order in which the nodes are given', () => {
    const sorted = berrutMatrix([-1, -0.2, 0.3, 0.9], [0, 0.5]).data;
    const shuffled = berrutMatrix([0.3, -1, 0.9, -0.2], [0, 0.5]).data;
    for (const row of [0, 4]) {
      expect(shuffled[row]).toBeCloseTo(sorted[row + 2]!, 15);
      expect(shuffled[row + 1]).toBeCloseTo(sorted[row]!, 15);
      expect(shuffled[row + 2]).toBeCloseTo(sorted[row + 3]!, 15);
      expect(shuffled[row + 3]).toBeCloseTo(sorted[row + 1]!, 15);
    }
  });

  it('is a constant through one node and refuses none and repeated ones', () => {
    expect([...berrutMatrix([0.1], [-1, 0.1, 0.7]).data]).toEqual([1, 1, 1]);
    expect(() => berrutMatrix([], [0])).toThrow('at least one node');
    expect(() => berrutMatrix([0.5, 0.5], [0])).toThrow('nodes must be distinct');
  });
});

describe('BACC', () => {
  const options = (nodes: 'default' | 'legacy') => bacc.options.parse({ nodes });

  it('labels the node rule and asks for one answer more than may be missing', () => {
    expect(bacc.label(bacc.options.parse({}))).toBe('BACC');
    expect(bacc.label(options('legacy'))).toBe('BACC-legacy');
    expect(bacc.minimumWorkers({ K: 20, S: 3, E: 1 }, options('default'))).toBe(5);
    expect(bacc.options.safeParse({ node: 'legacy' }).success).toBe(false);
  });

  it('gives a worker on a query node that query itself, also at (K, N) = (5, 7), N = 2K+1 and odd K with odd N', () => {
    for (const nodes of ['default', 'legacy'] as const) {
      for (const [K, N] of [
        [5, 7],
        [4, 9],
        [20, 41],
        [3, 5],
        [9, 15],
        [5, 14],
        [1, 1],
      ] as const) {
        const { data } = encode(berrutEncoder(K, N, nodes), batchOf(K)).matrix;
        expect(data.every(Number.isFinite)).toBe(true);
        for (const [k, n] of coincidentNodes(K, N, nodes)) {
          const unit = new Float64Array(K);
          unit[k] = 1;
          expect(data.subarray(n * K, (n + 1) * K)).toEqual(unit);
        }
      }
    }
  });

  it('has no pole for any survivor set: rows sum to 1 and stay bounded (all sets up to N = 11)', () => {
    let worstSum = 0;
    let worstShare = 0;
    for (const nodes of ['default', 'legacy'] as const) {
      for (const [K, N] of [
        [3, 8],
        [5, 7],
        [4, 9],
        [8, 9],
        [5, 11],
      ] as const) {
        const decoder = berrutDecoder(K, N, nodes);
        for (const survivors of survivorSets(N)) {
          const matrix = decoder.decodingMatrix(survivors);
          worstSum = Math.max(worstSum, largestRowSumError(matrix));
          worstShare = Math.max(worstShare, largestShareOfBound(K, N, nodes, survivors));
        }
      }
    }
    expect(worstSum).toBeLessThan(1e-12);
    expect(worstShare).toBeLessThanOrEqual(1 + 1e-12);
  });

  it('has no pole for random survivor sets of large codes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 120 }).chain((N) => fc.tuple(fc.constant(N), subsets(N))),
        fc.constantFrom('default' as const, 'legacy' as const),
        (K, [N, survivors], nodes) => {
          const matrix = berrutDecoder(K, N, nodes).decodingMatrix(survivors);
          expect(largestRowSumError(matrix)).toBeLessThan(1e-10);
          expect(largestShareOfBound(K, N, nodes, survivors)).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { seed: 2022, numRuns: 400 },
    );
  });

  it('errs by at most 0.62 of a query with the default nodes and 1.75 with the legacy ones (K = 8, S = 1, N = 9)', () => {
    const worst = (nodes: 'default' | 'legacy') => {
      const [K, N] = [8, 9];
      const A = encode(berrutEncoder(K, N, nodes), batchOf(K)).matrix;
      const decoder = berrutDecoder(K, N, nodes);
      let largest = 0;
      for (const survivors of survivorSets(N).filter((set) => set.length === N - 1)) {
        const overall = product(decoder.decodingMatrix(survivors), A, survivors);
        overall.data.forEach((value, i) => {
          largest = Math.max(largest, Math.abs(value - (i % (K + 1) === 0 ? 1 : 0)));
        });
      }
      return largest;
    };
    expect(worst('default')).toBeCloseTo(0.62, 2);
    expect(worst('legacy')).toBeCloseTo(1.75, 2);
  });

  it('decodes by its decoding matrix, reading only the survivors', () => {
    const [K, N, m] = [5, 12, 3];
    const decoder = berrutDecoder(K, N, 'default');
    const survivors = Int32Array.of(0, 2, 3, 7, 11);
    const answers = Float64Array.from({ length: N * m }, (_, i) =>
      survivors.includes(Math.floor(i / m)) ? Math.sin(i) : Number.NaN,
    );
    const { outputs } = decoder.decode(received(answers, m, survivors));
    const B = decoder.decodingMatrix(survivors);
    for (let k = 0; k < K; k++) {
      for (let j = 0; j < m; j++) {
        const expected = [...survivors].reduce((sum, n, i) => sum + B.data[k * 5 + i]! * answers[n * m + j]!, 0);
        expect(outputs[k * m + j]).toBeCloseTo(expected, 13);
      }
    }
  });

  it('notices that the caller changed the survivor array in place', () => {
    const decoder = berrutDecoder(3, 6, 'default');
    const survivors = Int32Array.of(0, 1, 2);
    const first = decoder.decodingMatrix(survivors).data.slice();
    survivors.set([3, 4, 5]);
    expect(decoder.decodingMatrix(survivors).data).not.toEqual(first);
    expect(decoder.decodingMatrix(Int32Array.of(0, 1, 2)).data).toEqual(first);
  });

  it('places the coded points on the nodes of the rule', () => {
    // one query at alpha = 0 among workers: every row is [1]
    expect([...encode(berrutEncoder(1, 4, 'default'), batchOf(1)).matrix.data]).toEqual([1, 1, 1, 1]);
    const A = encode(berrutEncoder(3, 4, 'legacy'), batchOf(3)).matrix;
    expect(A.data).toEqual(berrutMatrix(chebyshevFirstKind(3), workerNodes(4, 'legacy')).data);
  });
});

/**
 * An upper bound of Berrut's weights at `z` that is finite off the nodes, so that a matrix below it has no pole. On each
 * side of `z` the terms alternate and shrink, so a side with distances a < a+g < … sums to at least 1/a - 1/(a+g), and the
 * two sides have one sign. No weight exceeds the nearest node's.
 */
function weightBound(nodes: number[], z: number): number {
  const side = (distances: number[]) => {
    const [first, second] = distances.sort((a, b) => a - b);
    return first === undefined ? 0 : 1 / first - (second === undefined ? 0 : 1 / second);
  };
  const left = nodes.filter((node) => node < z).map((node) => z - node);
  const right = nodes.filter((node) => node > z).map((node) => node - z);
  return 1 / Math.min(...left, ...right) / (side(left) + side(right));
}

/** The largest weight over its bound, over the rows that are no node hits. */
function largestShareOfBound(K: number, N: number, nodes: 'default' | 'legacy', survivors: Int32Array): number {
  const beta = workerNodes(N, nodes);
  const knots = [...survivors].map((n) => beta[n]!);
  const { columns, data } = berrutDecoder(K, N, nodes).decodingMatrix(survivors);
  let worst = 0;
  chebyshevFirstKind(K).forEach((alpha, k) => {
    const row = data.subarray(k * columns, (k + 1) * columns);
    const hit = knots.indexOf(alpha);
    const bound = hit === -1 ? weightBound(knots, alpha) : 1;
    worst = Math.max(worst, ...row.map((weight) => Math.abs(weight) / bound));
  });
  return worst;
}
