import { Matrix as Dense, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';
import { leastSquares } from '../math/least-squares.ts';
import type { Locator } from './codec.ts';

/**
 * Which of the proportional pairs (P, Q) is meant, since `P = y·Q` only fixes them up to a factor.
 * `constant`: `Q(0) = 1`, the published rule; nearly blind to a liar whose node is near 0. `unit`: Q has norm 1 on the nodes.
 */
export const normalisations = ['constant', 'unit'] as const;
export type Normalisation = (typeof normalisations)[number];

/**
 * Chebyshev polynomials at the nodes: `T_j(t_i) = cos(j·arccos t_i)`. Monomials reach a condition number of 6e10 where this
 * basis stays near 1.4 (K = 24, E = 6).
 * @param nodes [n], in [-1, 1]
 * @returns [n, degree + 1]
 */
export function chebyshevBasis(nodes: Float64Array, degree: number): Dense {
  const basis = Dense.zeros(nodes.length, degree + 1);
  nodes.forEach((t, i) => {
    const angle = Math.acos(t);
    for (let j = 0; j <= degree; j++) basis.set(i, j, Math.cos(j * angle));
  });
  return basis;
}

/**
 * Votes of the outputs on who lies (ApproxIFER, AAAI 2022, algorithm 2). For each output, polynomials P and Q of degree
 * K+E-1 with `P(t_i) = y_i·Q(t_i)` are fitted in the least-squares sense; where worker i lies, Q has to vanish, and the E workers
 * with the smallest `|Q(t_i)|` get a vote. Ties go to the smaller index.
 *
 * P is eliminated by projecting on the complement of its space, which leaves a problem in Q alone.
 * @param nodes of the answering workers [n], distinct
 * @param answers [n, m] row-major, finite
 * @returns votes [n], each at most m
 */
export function locatorVotes(
  nodes: Float64Array,
  answers: Float64Array | Float32Array,
  K: number,
  E: number,
  normalisation: Normalisation = 'constant',
): Int32Array {
  const n = nodes.length;
  const m = answers.length / n;
  const votes = new Int32Array(n);
  const degree = Math.min(K + E - 1, n - 1);
  const basis = chebyshevBasis(nodes, degree);
  const orthonormal = columnsOf(new QrDecomposition(basis).orthogonalMatrix);
  // `constant`: Q = 1 + Σ_{j≥1} q_j (T_j - T_j(0)); `unit`: Q in the orthonormal basis
  const space = normalisation === 'constant' ? columnsOf(vanishingAtZero(basis)) : orthonormal;
  const y = new Float64Array(n);
  const size = new Float64Array(n);
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++) y[i] = answers[i * m + j]!;
    const system = new Float64Array(space.length);
    for (let at = 0; at < space.length; at++) system[at] = space[at]! * y[at % n]!;
    removeSpan(system, orthonormal, n);
    size.fill(normalisation === 'constant' ? 1 : 0);
    let q: ArrayLike<number> = [];
    if (normalisation === 'unit') {
      q = new SingularValueDecomposition(denseOf(system, n), { autoTranspose: true }).rightSingularVectors.getColumn(
        degree,
      );
    } else if (degree > 0) {
      const target = y.map((value) => -value);
      removeSpan(target, orthonormal, n);
      q = leastSquares(system.slice(), target.slice()) ?? shortestSolution(denseOf(system, n), target);
    }
    for (let c = 0; c < q.length; c++) for (let i = 0; i < n; i++) size[i]! += q[c]! * space[c * n + i]!;
    for (const i of smallest(n, E, (worker) => Math.abs(size[worker]!))) votes[i]!++;
  }
  return votes;
}

/**
 * ApproxIFER's error locator, for any code with one node a worker.
 *
 * A worker whose answer is not finite is excluded at once. Then, told E, it excludes the E workers with most votes; told only
 * a bound on E, those among them that more than a quarter of the outputs vote for
 * (honest workers stay below that in most batches; a missed liar costs more than an honest worker does).
 * @param nodes of all workers [N]
 * @param bound the most workers that may lie; absent: as many as the decoder is told lie
 * @param ties which of two workers with as many votes is excluded: the one with the smaller or the larger number
 */
export function rationalLocator(
  K: number,
  nodes: Float64Array,
  {
    normalisation = 'constant',
    bound,
    ties = 'smaller',
  }: { normalisation?: Normalisation; bound?: number | undefined; ties?: 'smaller' | 'larger' } = {},
): Locator {
  return {
    ignoresQueries: true,
    locate({ answers, m, survivors, E }) {
      const finite = (worker: number) => answers.subarray(worker * m, (worker + 1) * m).every(Number.isFinite);
      const broken = survivors.filter((worker) => !finite(worker));
      const rest = survivors.filter(finite);
      const liars = Math.min((bound ?? E) - broken.length, rest.length - 1);
      if (liars <= 0) return broken;
      const rows = new Float64Array(rest.length * m);
      rest.forEach((worker, i) => {
        rows.set(answers.subarray(worker * m, (worker + 1) * m), i * m);
      });
      const votes = locatorVotes(
        Float64Array.from(rest, (worker) => nodes[worker]!),
        rows,
        K,
        liars,
        normalisation,
      );
      const most = smallest(rest.length, liars, (i) => -votes[i]!, ties);
      const found = bound === undefined ? most : most.filter((i) => 4 * votes[i]! > m);
      return Int32Array.from([...broken, ...found.map((i) => rest[i]!)]).sort();
    },
  };
}

/** The `count` indices below n with the smallest values. */
function smallest(
  n: number,
  count: number,
  value: (i: number) => number,
  ties: 'smaller' | 'larger' = 'smaller',
): number[] {
  const order = ties === 'smaller' ? 1 : -1;
  return Array.from({ length: n }, (_, i) => i)
    .sort((a, b) => value(a) - value(b) || order * (a - b))
    .slice(0, count);
}

/** Columns `T_j - T_j(0)`, j ≥ 1. */
function vanishingAtZero(basis: Dense): Dense {
  const shifted = basis.subMatrix(0, basis.rows - 1, 1, basis.columns - 1);
  for (let j = 0; j < shifted.columns; j++) {
    const atZero = [1, 0, -1, 0][(j + 1) % 4]!;
    for (let i = 0; i < shifted.rows; i++) shifted.set(i, j, shifted.get(i, j) - atZero);
  }
  return shifted;
}

/** The entries of a matrix, column by column. */
function columnsOf(A: Dense): Float64Array {
  return Float64Array.from({ length: A.rows * A.columns }, (_, at) => A.get(at % A.rows, Math.floor(at / A.rows)));
}

function denseOf(columns: Float64Array, rows: number): Dense {
  const A = Dense.zeros(rows, columns.length / rows);
  columns.forEach((value, at) => {
    A.set(at % rows, Math.floor(at / rows), value);
  });
  return A;
}

/** Makes each vector of length n in `vectors` orthogonal to the orthonormal ones in `span`, in place. */
function removeSpan(vectors: Float64Array, span: Float64Array, n: number): void {
  for (let v = 0; v < vectors.length; v += n) {
    for (let u = 0; u < span.length; u += n) {
      let product = 0;
      for (let i = 0; i < n; i++) product += vectors[v + i]! * span[u + i]!;
      for (let i = 0; i < n; i++) vectors[v + i]! -= product * span[u + i]!;
    }
  }
}

/**
 * The shortest least-squares solution of `A·q = b`: answers that a rational function of lower degree fits leave directions open.
 */
function shortestSolution(A: Dense, b: Float64Array): number[] {
  const svd = new SingularValueDecomposition(A, { autoTranspose: true });
  const tolerance = Math.max(A.rows, A.columns) * Number.EPSILON * svd.diagonal[0]!;
  const inverse = svd.diagonal.map((s) => (s > tolerance ? 1 / s : 0));
  const coordinates = svd.leftSingularVectors
    .transpose()
    .mmul(Dense.columnVector(Array.from(b)))
    .mulColumnVector(inverse);
  return svd.rightSingularVectors.mmul(coordinates).getColumn(0);
}
