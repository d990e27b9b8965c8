import { Matrix as Dense, EigenvalueDecomposition, QrDecomposition } from 'ml-matrix';
import type { Locator } from './codec.ts';
import { chebyshevBasis } from './rational-locator.ts';

/**
 * How wrong each answer looks to a DCT code: `|Λ(t_i)|` for the error locator polynomial Λ of degree E, which vanishes at the
 * liars' nodes.
 *
 * Answers that are a polynomial of degree below `dimension` in the node are a code word of a real DCT code: on Chebyshev nodes
 * of the first kind the rows `T_k(t_i)`, `k ≥ dimension`, are rows of the DCT and vanish on it, since
 * `T_j·T_k = ½(T_(k+j) + T_|k-j|)`. Multiplied by Λ, what liars added is gone, so `y·Λ` has no part in the rows
 * `k ≥ dimension + E`. Stragglers are erasures: the same holds with polynomials orthonormal on the nodes that answered. All
 * outputs have the same liars, so one Λ = Σ λ_j T_j is fitted to all of them: the λ of norm 1 that leaves least in those rows.
 *
 * R. Borah & J. Harshan, "On securing Berrut approximated coded computing through discrete cosine transforms", 2025, locate in
 * each output by itself; several outputs at once need no vote and average the error of approximation out.
 * @param nodes of the answering workers [n], distinct, in [-1, 1]
 * @param answers [n, m] row-major, finite
 * @param dimension of the code, at least 1, below `n - E`; `n - dimension ≥ 2E` locates E liars
 * @returns [n]
 */
export function locatorValues(nodes: Float64Array, answers: Float64Array, dimension: number, E: number): Float64Array {
  const n = nodes.length;
  const m = answers.length / n;
  const low = dimension + E;
  // of all degrees below n: its last columns are the parity rows of the code
  const parity = new QrDecomposition(chebyshevBasis(nodes, n - 1)).orthogonalMatrix.subMatrix(0, n - 1, low, n - 1);
  const powers = chebyshevBasis(nodes, E);
  const gram = Dense.zeros(E + 1, E + 1);
  const scaled = powers.clone();
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++)
      for (let degree = 0; degree <= E; degree++) scaled.set(i, degree, answers[i * m + j]! * powers.get(i, degree));
    const left = parity.transpose().mmul(scaled);
    gram.add(left.transpose().mmul(left));
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const least = realEigenvalues.indexOf(Math.min(...realEigenvalues));
  const locator = powers.mmul(Dense.columnVector(eigenvectorMatrix.getColumn(least)));
  return Float64Array.from({ length: n }, (_, i) => Math.abs(locator.get(i, 0)));
}

/**
 * SBACC's locator for any code with one node a worker: the E workers nearest to a root of the error locator polynomial are
 * excluded; whose answer is not finite is excluded at once. So few answers that no parity row is left tell of nobody.
 * @param nodes of all workers [N]
 * @param K queries
 * @param dimension of the code; absent: twice the parity rows that locating takes, `n - 4E`, but at least K where that leaves the
 *   2E that it takes: answers of a model are no exact words, and more rows average that out
 */
export function dctLocator(K: number, nodes: Float64Array, dimension?: number): Locator {
  return {
    ignoresQueries: true,
    locate({ answers, m, survivors, E }) {
      const finite = (worker: number) => answers.subarray(worker * m, (worker + 1) * m).every(Number.isFinite);
      const broken = survivors.filter((worker) => !finite(worker));
      const rest = survivors.filter(finite);
      const liars = Math.min(E - broken.length, rest.length - 1);
      if (liars <= 0) return broken;
      const size = dimension ?? Math.max(1, Math.min(rest.length - 2 * liars, Math.max(K, rest.length - 4 * liars)));
      if (size + liars >= rest.length) return broken; // no row of the code is left that liars could disturb
      const rows = Float64Array.from({ length: rest.length * m }, (_, at) => {
        return answers[rest[Math.floor(at / m)]! * m + (at % m)]!;
      });
      const values = locatorValues(
        Float64Array.from(rest, (worker) => nodes[worker]!),
        rows,
        size,
        liars,
      );
      const order = Array.from(rest.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
      return Int32Array.from([...broken, ...order.slice(0, liars).map((i) => rest[i]!)]).sort();
    },
  };
}
