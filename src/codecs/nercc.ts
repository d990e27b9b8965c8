import * as z from 'zod';
import type { Matrix } from '../math/matrix.ts';
import type { Encoder, LinearDecoder, Scheme } from './codec.ts';
import { lastResult, nodesOf } from './linear.ts';
import { chebyshevFirstKind, type NodeRule, nodeRule, nodesSuffix, workerNodes } from './nodes.ts';
import { smoothingSpline, splineSmoother } from './smoothing-spline.ts';
import { type SplineKnots, splineKnots } from './spline-knots.ts';

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
  return { K, N, matrix: splineEncodingMatrix(K, N, lambdaEnc, nodes) };
}

/**
 * Decodes by the smoothing spline through the survivors' answers at their nodes, evaluated at the queries' nodes: O(n) for
 * every output, without forming the decoding matrix.
 */
export function splineDecoder(K: number, N: number, lambdaDec: number, nodes: NodeRule): LinearDecoder {
  const knotsOf = sharedKnots(K, N, nodes);
  const smoother = splineSmoother(N);
  let fitted: SplineKnots | undefined;
  return {
    ignoresQueries: true,
    decodingMatrix: lastResult((survivors) =>
      smoothingSpline(nodesOf(survivors, workerNodes(N, nodes)), chebyshevFirstKind(K), lambdaDec).matrix(),
    ),
    decode({ answers, m, survivors }) {
      const knots = knotsOf(survivors);
      if (knots !== fitted) smoother.fit(knots, lambdaDec);
      fitted = knots;
      return { outputs: smoother.apply(answers, m) };
    },
  };
}

/**
 * Prepared knots of survivor arrays, by code. They live as long as the array: whoever decodes several answers of one array
 * (with other λ, say) prepares its knots once.
 */
const preparedKnots = new WeakMap<Int32Array, Map<string, SplineKnots>>();

function sharedKnots(K: number, N: number, nodes: NodeRule): (survivors: Int32Array) => SplineKnots {
  const code = `${K};${N};${nodes}`;
  const alpha = chebyshevFirstKind(K);
  const beta = workerNodes(N, nodes);
  return (survivors) => {
    const prepared = preparedKnots.get(survivors) ?? new Map<string, SplineKnots>();
    preparedKnots.set(survivors, prepared);
    const known = prepared.get(code);
    if (known && isReverse(survivors, known.rows)) return known;
    const rows = survivors.toReversed(); // worker nodes descend, knots ascend
    const knots = splineKnots(nodesOf(rows, beta), rows, alpha);
    prepared.set(code, knots);
    return knots;
  };
}

/** Whether `a` is still the reverse of `b`: the caller may have reused its array. */
function isReverse(a: Int32Array, b: Int32Array): boolean {
  const n = a.length;
  if (n !== b.length) return false;
  for (let i = 0; i < n; i++) if (a[i] !== b[n - 1 - i]) return false;
  return true;
}

/** NeRCC: nested-regression coded computing; NeRCC0 is the variant without smoothing. */
export const nercc: Scheme<z.infer<typeof options>> = {
  name: 'nercc',
  summary: 'natural cubic smoothing splines for encoding and decoding (NeRCC, arXiv 2402.04377)',
  options,
  smoothing: true,
  label: ({ lambdaEnc, lambdaDec, nodes }) =>
    `NeRCC${lambdaEnc === 0 && lambdaDec === 0 ? '0' : ''}${nodesSuffix(nodes)}`,
  // any single answer decodes, as in BACC
  minimumWorkers: ({ S, E }) => S + E + 1,
  workersFormula: 'S + E + 1',
  encoder: (K, N, { lambdaEnc, nodes }) => splineEncoder(K, N, lambdaEnc, nodes),
  decoder: (K, N, { lambdaDec, nodes }) => splineDecoder(K, N, lambdaDec, nodes),
};
