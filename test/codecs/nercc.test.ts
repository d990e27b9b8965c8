import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, sameEncoding } from '../../src/codecs/encoder.ts';
import { nercc, splineDecoder, splineEncoder } from '../../src/codecs/nercc.ts';
import { chebyshevFirstKind, workerNodes } from '../../src/codecs/nodes.ts';
import { smoothingSpline } from '../../src/codecs/smoothing-spline.ts';
import { batchOf, largestRowSumError, product, received, subsets } from './helpers.ts';

const parse = (options: object) => nercc.options.parse(options);

describe('NeRCC', () => {
  it('is labelled by its smoothing and its nodes', () => {
    expect(nercc.label(parse({}))).toBe('NeRCC0');
    expect(nercc.label(parse({ lambdaDec: 1e-6 }))).toBe('NeRCC');
    expect(nercc.label(parse({ lambdaEnc: 1e-6 }))).toBe('NeRCC');
    expect(nercc.label(parse({ nodes: 'legacy' }))).toBe('NeRCC0-legacy');
    expect(nercc.smoothing).toBe(true);
  });

  it('refuses a negative, infinite or misspelt lambda', () => {
    for (const options of [{ lambdaEnc: -1e-9 }, { lambdaDec: Number.POSITIVE_INFINITY }, { lamdaEnc: 0 }]) {
      expect(nercc.options.safeParse(options).success).toBe(false);
    }
  });

  it('asks for one answer more than may be missing or wrong', () => {
    expect(nercc.minimumWorkers({ K: 20, S: 3, E: 1 }, parse({}))).toBe(5);
  });

  it('shares coded points between decoders of different lambda, and only those', () => {
    const shared = (a: object, b: object) =>
      sameEncoding(nercc.encoder(20, 60, parse(a)), nercc.encoder(20, 60, parse(b)));
    expect(shared({ lambdaDec: 1 }, { lambdaDec: 2 })).toBe(true);
    expect(shared({}, { lambdaEnc: 1 })).toBe(false);
    expect(shared({}, { nodes: 'legacy' })).toBe(false);
  });

  it('reproduces constants and lines end to end, whatever lambda and stragglers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 25 }),
        fc.integer({ min: 2, max: 100 }).chain((N) => fc.tuple(fc.constant(N), subsets(N))),
        fc.constantFrom(0, 1e-8, 1e-4, 1),
        fc.constantFrom('default' as const, 'legacy' as const),
        (K, [N, survivors], lambda, nodes) => {
          const A = encode(splineEncoder(K, N, lambda, nodes), batchOf(K)).matrix;
          const B = splineDecoder(K, N, lambda, nodes).decodingMatrix(survivors);
          expect(largestRowSumError(A)).toBeLessThan(1e-9);
          expect(largestRowSumError(B)).toBeLessThan(1e-9);
          if (survivors.length < 2) return;
          const overall = product(B, A, survivors);
          chebyshevFirstKind(K).forEach((alpha, k) => {
            const line = overall.data
              .subarray(k * K, (k + 1) * K)
              .reduce((sum, weight, i) => sum + weight * chebyshevFirstKind(K)[i]!, 0);
            expect(line).toBeCloseTo(alpha, 8);
          });
        },
      ),
      { seed: 2024, numRuns: 150 },
    );
  });

  it('decodes by its decoding matrix for any survivor set, reading only the survivors', () => {
    const [K, N] = [7, 30];
    for (const lambdaDec of [0, 1e-5]) {
      const decoder = splineDecoder(K, N, lambdaDec, 'default');
      fc.assert(
        fc.property(subsets(N), fc.integer({ min: 1, max: 12 }), (survivors, m) => {
          const answers = new Float64Array(N * m).fill(Number.NaN);
          for (const n of survivors) for (let j = 0; j < m; j++) answers[n * m + j] = Math.sin(n * n + j);
          const { outputs } = decoder.decode(received(answers, m, survivors));
          const B = decoder.decodingMatrix(survivors);
          const scale = Math.max(1, ...outputs.map(Math.abs));
          for (let k = 0; k < K; k++) {
            for (let j = 0; j < m; j++) {
              let expected = 0;
              survivors.forEach((n, i) => {
                expected += B.data[k * B.columns + i]! * answers[n * m + j]!;
              });
              expect(Math.abs(outputs[k * m + j]! - expected) / scale).toBeLessThan(1e-11);
            }
          }
        }),
        { seed: 31, numRuns: 100 },
      );
    }
  });

  it('gives the answer itself for one survivor and a line for two', () => {
    const decoder = splineDecoder(5, 9, 1e-3, 'default');
    const answers = Float64Array.from({ length: 9 }, (_, n) => 1 + n);
    const decode = (...survivors: number[]) => decoder.decode(received(answers, 1, Int32Array.from(survivors))).outputs;
    expect([...decode(3)]).toEqual([4, 4, 4, 4, 4]);
    // through (1, 1) and (-1, 9)
    chebyshevFirstKind(5).forEach((alpha, k) => {
      expect(decode(0, 8)[k]).toBeCloseTo(5 - 4 * alpha, 13);
    });
  });

  it('notices that the caller changed the survivor array in place', () => {
    const decoder = splineDecoder(3, 6, 0, 'default');
    const answers = Float64Array.of(0, 0, 0, 7, 7, 7);
    const survivors = Int32Array.of(0, 1, 2);
    expect([...decoder.decode(received(answers, 1, survivors)).outputs]).toEqual([0, 0, 0]);
    survivors.set([3, 4, 5]);
    for (const value of decoder.decode(received(answers, 1, survivors)).outputs) expect(value).toBeCloseTo(7, 12);
  });

  it('evaluates the spline through the survivors at the nodes of the queries, rows in ascending worker number', () => {
    const [K, N, lambda] = [4, 9, 1e-3];
    const survivors = Int32Array.of(0, 3, 4, 8);
    const beta = workerNodes(N, 'legacy');
    const B = splineDecoder(K, N, lambda, 'legacy').decodingMatrix(survivors);
    const values = Float64Array.from(survivors, (n) => Math.exp(beta[n]!));
    const direct = smoothingSpline(
      [...survivors].map((n) => beta[n]!),
      chebyshevFirstKind(K),
      lambda,
    ).apply(values, 1);
    direct.forEach((value, k) => {
      expect(values.reduce((sum, y, i) => sum + B.data[k * 4 + i]! * y, 0)).toBeCloseTo(value, 13);
    });
  });

  it('recovers a smooth function of the queries better with more answers', () => {
    // the coded points are u_e(beta_n); f is applied to them, and decoding approximates f at the queries
    const [K, N] = [10, 60];
    const A = encode(splineEncoder(K, N, 0, 'default'), batchOf(K)).matrix;
    const queries = chebyshevFirstKind(K).map((alpha) => Math.sin(2 * alpha));
    const answers = Float64Array.from({ length: N }, (_, n) =>
      Math.exp(queries.reduce((sum, x, k) => sum + A.data[n * K + k]! * x, 0)),
    );
    const error = (survivors: Int32Array) => {
      const { outputs } = splineDecoder(K, N, 0, 'default').decode(received(answers, 1, survivors));
      return Math.max(...outputs.map((value, k) => Math.abs(value - Math.exp(queries[k]!))));
    };
    const every = (step: number) => Int32Array.from({ length: Math.ceil(N / step) }, (_, i) => i * step);
    expect(error(every(1))).toBeLessThan(1e-3);
    expect(error(every(1))).toBeLessThan(error(every(4)));
    expect(error(every(4))).toBeLessThan(error(every(12)));
  });
});
