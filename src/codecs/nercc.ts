import * as z from 'zod';
import type { Matrix } from '../math/matrix.ts';
import type { Encoder, LinearDecoder, Scheme } from './codec.ts';
import { lastResult } from './linear.ts';
import { chebyshevFirstKind, type NodeRule, nodeRule, workerNodes } from './nodes.ts';
import { smoothingSpline, splineSmoother } from './smoothing-spline.ts';

const lambda = z.number().nonnegative();

const options = z.strictObject({
  lambdaEnc: lambda.default(0).describe('smoothing of the encoding spline; 0 interpolates'),
  lambdaDec: lambda.default(0).describe('smoothing of the decoding spline; 0 interpolates'),
  nodes: nodeRule,
});

/** `A` [N, K]: the smoothing spline through the queries at their nodes `alpha`, evaluated at the workers' nodes `beta`. */
export function splineEncodingMatrix(K: number, N: number, lambdaEnc: number, nodes: NodeRule): Matrix {
  return smoothingSpline(chebyshevFirstKind(K), workerNodes(N, nodes), lambdaEnc).matrix();
}

export function splineEncoder(K: number, N: number, lambdaEnc: number, nodes: NodeRule): Encoder {
  const encoding = { matrix: splineEncodingMatrix(K, N, lambdaEnc, nodes) };
  return { K, N, key: `spline;lambdaEnc=${lambdaEnc};nodes=${nodes}`, encode: () => encoding };
}

/**
 * Decodes by the smoothing spline through the survivors' answers at their nodes, evaluated at the queries' nodes: O(n) for
 * every output, without forming the decoding matrix.
 */
export function splineDecoder(K: number, N: number, lambdaDec: number, nodes: NodeRule): LinearDecoder {
  const alpha = chebyshevFirstKind(K);
  const beta = workerNodes(N, nodes);
  const smoother = splineSmoother(alpha, N);
  let n = 0;
  const knots = new Float64Array(N);
  const rows = new Int32Array(N);
  function prepare(survivors: Int32Array): void {
    if (isPrepared(survivors)) return;
    n = survivors.length;
    for (let i = 0; i < n; i++) {
      // worker nodes descend, knots ascend
      rows[i] = survivors[n - 1 - i]!;
      knots[i] = beta[rows[i]!]!;
    }
    smoother.setKnots(knots, rows, n);
    smoother.setLambda(lambdaDec);
  }
  function isPrepared(survivors: Int32Array): boolean {
    if (survivors.length !== n) return false;
    for (let i = 0; i < n; i++) if (survivors[n - 1 - i] !== rows[i]) return false;
    return true;
  }
  return {
    decodingMatrix: lastResult((survivors) =>
      smoothingSpline(
        Float64Array.from(survivors, (n) => beta[n]!),
        alpha,
        lambdaDec,
      ).matrix(),
    ),
    decode({ answers, m, survivors }) {
      prepare(survivors);
      return { outputs: smoother.apply(answers, m) };
    },
  };
}

/** NeRCC: nested-regression coded computing; NeRCC0 is the variant without smoothing. */
export const nercc: Scheme<z.infer<typeof options>> = {
  name: 'nercc',
  summary: 'natural cubic smoothing splines for encoding and decoding (NeRCC, arXiv 2402.04377)',
  options,
  smoothing: true,
  label: ({ lambdaEnc, lambdaDec, nodes }) =>
    `NeRCC${lambdaEnc === 0 && lambdaDec === 0 ? '0' : ''}${nodes === 'legacy' ? '-legacy' : ''}`,
  // any single answer decodes, as in BACC
  minimumWorkers: ({ S, E }) => S + E + 1,
  workersFormula: 'S + E + 1',
  encoder: (K, N, { lambdaEnc, nodes }) => splineEncoder(K, N, lambdaEnc, nodes),
  decoder: (K, N, { lambdaDec, nodes }) => splineDecoder(K, N, lambdaDec, nodes),
};
