import { choleskySolveLower, compressColumns, logDeterminant, solveUpper } from '../math/cholesky.ts';
import { betweenContrasts, fromContrasts, toContrasts, transpose } from '../math/contrasts.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Decoder, Received } from './codec.ts';
import { geometry, type Kernel, kernels } from './kriging-kernels.ts';

/** Noise variances, relative to the mean eigenvalue of the covariance of contrasts. */
const nuggets = [1e-6, 1e-4, 1e-3, 1e-2];

/** A later candidate must be better by this share: at n = 2 all have the same likelihood, and rounding must not choose. */
const TIE = 1e-9;

/** What restricted maximum likelihood chose. */
export interface KrigingChoice {
  readonly kernel: string;
  /** relative */
  readonly nugget: number;
}

/**
 * Ordinary kriging of the model's outputs over its inputs: Gaussian-process regression with an unknown constant mean, from
 * the answers at the coded inputs to the queries. Kernel and nugget are chosen from the answers by restricted maximum
 * likelihood (REML) pooled over the outputs, so it needs no training, no knowledge of the model and no true outputs.
 *
 * In contrasts (`P`: orthonormal basis of the vectors summing to zero) with `M = PᵀKP + νI` the criterion is
 * `(n-1)·m·ln tr(YᵀP M⁻¹ PᵀY) + m·ln det M`, and the weights of query `t` are `1/n + P M⁻¹ Pᵀ(k_t - K·1/n)`.
 * They are `1/n` where nothing distinguishes the survivors (one survivor, or all got the same point).
 * @param E rows of the encoding matrix of the workers that answered [n, K]
 * @param gram Gram matrix of the queries [K, K], in the order of E's columns
 * @param Y their answers [n, m]
 * @returns `weights` [K, n], rows summing to one; `choice` is absent where the weights are `1/n`
 */
export function krigingWeights(E: Matrix, gram: Matrix, Y: Matrix): { weights: Matrix; choice?: KrigingChoice } {
  const { rows: n, columns: K } = E;
  const best = n > 1 && K > 1 ? mostLikely(E, gram, Y) : undefined;
  if (!best) return { weights: matrix(K, n, new Float64Array(K * n).fill(1 / n)) };

  const survivors = best.kernel.survivors();
  const offsets = best.kernel.queries();
  for (let i = 0; i < n; i++) {
    let mean = 0;
    for (let j = 0; j < n; j++) mean += survivors.data[i * n + j]! / n;
    for (let k = 0; k < K; k++) offsets.data[k * n + i]! -= mean;
  }
  const solution = toContrasts(offsets);
  const M = withNugget(betweenContrasts(survivors), best.nugget);
  choleskySolveLower(M, n - 1, solution.data);
  solveUpper(M, n - 1, solution.data);
  const weights = fromContrasts(solution);
  return {
    weights: { ...weights, data: weights.data.map((value) => value + 1 / n) },
    choice: { kernel: best.kernel.name, nugget: best.nugget },
  };
}

/** The candidate with the largest restricted likelihood; undefined when all survivors got the same point. */
function mostLikely(E: Matrix, gram: Matrix, Y: Matrix): { kernel: Kernel; nugget: number } | undefined {
  const n = E.rows;
  const m = Y.columns;
  const answers = transpose(compressColumns(transpose(toContrasts(transpose(Y))))); // `PᵀY` as rows [min(n-1, m), n-1]
  let best: { kernel: Kernel; nugget: number; criterion: number } | undefined;
  for (const kernel of kernels(geometry(E, gram))) {
    const covariance = kernel.survivors();
    const M = betweenContrasts(covariance);
    if (meanDiagonal(M) <= 1e-13 * meanDiagonal(covariance)) continue; // all survivors got the same point
    for (const nugget of nuggets) {
      const L = withNugget(M, nugget);
      const solved = answers.data.slice();
      if (!choleskySolveLower(L, n - 1, solved)) continue;
      const quadratic = solved.reduce((sum, value) => sum + value * value, 0);
      const criterion = (n - 1) * m * Math.log(quadratic) + m * logDeterminant(L, n - 1);
      const margin = best && TIE * Math.max(Math.abs(best.criterion), (n - 1) * m);
      if (!best || criterion < best.criterion - margin!) best = { kernel, nugget, criterion };
    }
  }
  return best;
}

/** A copy of the elements of `M` with `nugget` times the mean of its diagonal added to the diagonal. */
function withNugget(M: Matrix, nugget: number): Float64Array {
  const data = M.data.slice();
  const noise = nugget * meanDiagonal(M);
  for (let i = 0; i < M.rows; i++) data[i * M.rows + i]! += noise;
  return data;
}

function meanDiagonal({ rows, data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += data[i * rows + i]!;
  return sum / rows;
}

/** The survivors' rows of the encoding matrix [n, K] and of the answers [n, m]. */
export function ofSurvivors({ encoding, answers, m, survivors }: Received): { E: Matrix; Y: Matrix } {
  const K = encoding.matrix.columns;
  const E = matrix(survivors.length, K);
  const Y = matrix(survivors.length, m);
  survivors.forEach((worker, i) => {
    E.data.set(encoding.matrix.data.subarray(worker * K, (worker + 1) * K), i * K);
    Y.data.set(answers.subarray(worker * m, (worker + 1) * m), i * m);
  });
  return { E, Y };
}

/** Decodes the answers of any linear encoding; outputs are in the batch's order, whatever order the encoder chose. */
export const krigingDecoder: Decoder = {
  decode(received) {
    const { E, Y } = ofSurvivors(received);
    return { outputs: product(krigingWeights(E, received.batch.gram(), Y).weights, Y) };
  },
};

/** `A·B` as row-major elements. */
function product(A: Matrix, B: Matrix): Float64Array {
  const m = B.columns;
  const result = new Float64Array(A.rows * m);
  for (let i = 0; i < A.rows; i++) {
    for (let k = 0; k < A.columns; k++) {
      const factor = A.data[i * A.columns + k]!;
      for (let j = 0; j < m; j++) result[i * m + j]! += factor * B.data[k * m + j]!;
    }
  }
  return result;
}
