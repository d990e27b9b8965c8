import { Matrix as Dense, SingularValueDecomposition } from 'ml-matrix';
import { type Matrix, matrix } from '../math/matrix.ts';
import { DecodeFailure } from '../util/errors.ts';

/** `B_F` [K, |F|] of a survivor set. @throws DecodeFailure when there is none */
export type DecodingRule = (survivors: Int32Array) => Matrix;

/**
 * The pseudo-inverse of the rows that answered: least squares, and the smallest solution where these do not determine it.
 * Singular values below NumPy's tolerance for the rank, `max(|F|, K)·ε·σ_max`, count as zero.
 * @param encoding [N, K]
 * @param mustDetermine whether answers that do not determine all queries are a failure
 */
export function leastSquaresRule({ columns: K, data }: Matrix, mustDetermine: boolean): DecodingRule {
  return (survivors) => {
    const n = survivors.length;
    const rows = Array.from(survivors, (worker) => [...data.subarray(worker * K, (worker + 1) * K)]);
    const svd = new SingularValueDecomposition(new Dense(rows), { autoTranspose: true });
    const values = svd.diagonal;
    const least = Math.max(n, K) * Number.EPSILON * values[0]!;
    const rank = values.filter((value) => value > least).length;
    if (mustDetermine && rank < K)
      throw new DecodeFailure(`the ${n} answers that are left determine ${rank} of ${K} queries`);
    const U = svd.leftSingularVectors;
    const V = svd.rightSingularVectors;
    const inverse = matrix(K, n);
    for (let k = 0; k < K; k++)
      for (let i = 0; i < n; i++)
        for (let r = 0; r < rank; r++) inverse.data[k * n + i]! += (V.get(k, r) / values[r]!) * U.get(i, r);
    return inverse;
  };
}

/**
 * The first matrix of a table that needs no worker which did not answer.
 * @param table [P, K, N]: a column that is all zero belongs to a worker that is not needed
 */
export function tableRule(table: Float64Array, K: number, N: number): DecodingRule {
  const entries = Array.from({ length: table.length / (K * N) }, (_, p) => {
    const data = table.subarray(p * K * N, (p + 1) * K * N);
    const needed = new Set<number>();
    data.forEach((weight, at) => {
      if (weight !== 0) needed.add(at % N);
    });
    return { data, needed: [...needed] };
  });
  return (survivors) => {
    const came = new Set(survivors);
    const entry = entries.find(({ needed }) => needed.every((worker) => came.has(worker)));
    if (!entry) throw new DecodeFailure('each matrix of the decoding table needs a worker whose answer did not come');
    const n = survivors.length;
    const chosen = matrix(K, n);
    for (let k = 0; k < K; k++) for (let i = 0; i < n; i++) chosen.data[k * n + i] = entry.data[k * N + survivors[i]!]!;
    return chosen;
  };
}
