import { choleskySolveLower, compressColumns, solveUpper } from '../math/cholesky.ts';
import { betweenContrasts, fromContrasts, transpose } from '../math/contrasts.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Locator } from './codec.ts';
import { ofSurvivors } from './kriging-decoder.ts';
import { arcCosineKernel, geometry } from './kriging-kernels.ts';

/** Noise variance of the locator's fixed model, whose covariance has mean diagonal 1. */
const NUGGET = 1e-2;

/** A removed worker comes back while its studentised residual, squared, is below this. */
const TAU = 9;

/** Residuals below this share of the kept answers' size are rounding: the answers are equal. */
const ROUNDING = 1e-12;

/**
 * Finds Byzantine workers without knowing how many there are, by studentised leave-one-out residuals of a fixed kriging
 * model (arc-cosine kernel of depth 1) over all outputs jointly: trims the largest, as many times as could ever be
 * outvoted, then puts back whoever fits the rest.
 * @param E rows of the encoding matrix of the workers that answered [n, K]
 * @param gram Gram matrix of the queries [K, K]
 * @param Y their answers [n, m]
 * @returns rows of Y to exclude, ascending
 */
export function locateByKriging(E: Matrix, gram: Matrix, Y: Matrix): number[] {
  const { rows: n, columns: K } = E;
  const removals = Math.max(0, Math.min(Math.floor((n - K) / 2), n - 4));
  if (removals === 0) return [];
  const V = scaledCovariance(E, gram);
  const answers = compressColumns(Y);
  const kept = Array.from({ length: n }, (_, i) => i);
  const removed: number[] = [];
  const M = restrictedPrecision(V);
  for (let count = 0; count < removals; count++) {
    const worst = largestResidual(M, answers, kept);
    removed.push(...kept.splice(worst, 1));
    dropPoint(M, removed.at(-1)!, kept);
  }
  while (removed.length > 0) {
    const candidates = predict(V, M, kept, removed);
    const F = squaredResiduals(M, answers, Y.columns, kept, candidates);
    const nearest = F.indexOf(Math.min(...F));
    if (!(F[nearest]! < TAU)) break;
    addPoint(M, candidates[nearest]!, kept);
    kept.push(...removed.splice(nearest, 1));
  }
  return removed.sort((a, b) => a - b);
}

/** Covariance of the survivors' answers: mean diagonal 1, plus the nugget. [n, n] */
function scaledCovariance(E: Matrix, gram: Matrix): Matrix {
  const V = arcCosineKernel(geometry(E, gram), 1).survivors();
  const n = V.rows;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += V.data[i * n + i]!;
  const data = V.data.map((value) => (value * n) / trace);
  for (let i = 0; i < n; i++) data[i * n + i]! += NUGGET;
  return { ...V, data };
}

/** `M = P(PᵀVP)⁻¹Pᵀ = V⁻¹ - V⁻¹11ᵀV⁻¹ / 1ᵀV⁻¹1`: row `i` of `M·Y` over `M_ii` is the leave-one-out residual. */
function restrictedPrecision(V: Matrix): Matrix {
  const q = V.rows - 1;
  const L = betweenContrasts(V).data;
  const inverse = matrix(q, q);
  for (let i = 0; i < q; i++) inverse.data[i * q + i] = 1;
  choleskySolveLower(L, q, inverse.data);
  solveUpper(L, q, inverse.data);
  return fromContrasts(transpose(fromContrasts(inverse)));
}

/** The place in `kept` of the point with the largest studentised leave-one-out residual. */
function largestResidual(M: Matrix, Y: Matrix, kept: readonly number[]): number {
  let worst = 0;
  let largest = Number.NEGATIVE_INFINITY;
  kept.forEach((i, place) => {
    const square = squaredNorm(combination(kept, rowOf(M, i, kept), Y)) / M.data[i * M.rows + i]!;
    if (square > largest) {
      worst = place;
      largest = square;
    }
  });
  return worst;
}

/** `M` of the points without `point`, for the rows and columns in `kept`: the Schur complement of its diagonal element. */
function dropPoint(M: Matrix, point: number, kept: readonly number[]): void {
  const { rows: n, data } = M;
  for (const i of kept) {
    const factor = data[i * n + point]! / data[point * n + point]!;
    for (let b = 0; b < kept.length; b++) data[i * n + kept[b]!]! -= factor * data[point * n + kept[b]!]!;
  }
}

/** A point outside `kept`, predicted from those inside. */
interface Predicted {
  readonly point: number;
  /** [|kept|], summing to one */
  readonly weights: Float64Array;
  /** of the prediction's error */
  readonly variance: number;
}

/**
 * Predicts points outside `kept` from those inside, by kriging: weights `w = 1/n + M(v - V·1/n)` and error variance
 * `V_pp - wᵀv - μ`, where `μ` is the Lagrange multiplier of `Vw + μ1 = v`.
 */
function predict(V: Matrix, M: Matrix, kept: readonly number[], points: readonly number[]): Predicted[] {
  const n = V.rows;
  const count = kept.length;
  const means = kept.map((i) => rowSum(V, i, kept) / count);
  const offsets = new Float64Array(count);
  return points.map((point) => {
    for (let a = 0; a < count; a++) offsets[a] = V.data[point * n + kept[a]!]! - means[a]!;
    const weights = new Float64Array(count);
    let explained = 0;
    let multiplier = V.data[point * n + kept[0]!]!;
    for (let a = 0; a < count; a++) {
      const row = kept[a]! * n;
      let weight = 1 / count;
      for (let b = 0; b < count; b++) weight += M.data[row + kept[b]!]! * offsets[b]!;
      weights[a] = weight;
      explained += weight * V.data[point * n + kept[a]!]!;
      multiplier -= weight * V.data[kept[0]! * n + kept[a]!]!;
    }
    return { point, weights, variance: V.data[point * n + point]! - explained - multiplier };
  });
}

function rowSum({ rows: n, data }: Matrix, i: number, columns: readonly number[]): number {
  return columns.reduce((sum, j) => sum + data[i * n + j]!, 0);
}

/** `M` of the points with one more: the inverse of `dropPoint`. */
function addPoint(M: Matrix, { point, weights, variance }: Predicted, kept: readonly number[]): void {
  const { rows: n, data } = M;
  kept.forEach((i, a) => {
    kept.forEach((j, b) => {
      data[i * n + j]! += (weights[a]! * weights[b]!) / variance;
    });
    data[i * n + point] = -weights[a]! / variance;
    data[point * n + i] = data[i * n + point]!;
  });
  data[point * n + point] = 1 / variance;
}

/**
 * Squared studentised residual of each candidate, over the residual variance of the kept points. Where the kept ones have
 * none (constant answers), 0 for an equal answer and infinite for another.
 * @param m outputs of the model (`Y` may be compressed to fewer columns)
 */
function squaredResiduals(
  M: Matrix,
  Y: Matrix,
  m: number,
  kept: readonly number[],
  candidates: readonly Predicted[],
): number[] {
  const mean = combination(kept, new Float64Array(kept.length).fill(1 / kept.length), Y);
  const centred = { ...Y, data: Y.data.map((value, at) => value - mean[at % Y.columns]!) };
  let quadratic = 0;
  let size = 0;
  for (const i of kept) {
    const row = centred.data.subarray(i * Y.columns, (i + 1) * Y.columns);
    const residual = combination(kept, rowOf(M, i, kept), centred);
    quadratic += row.reduce((sum, value, c) => sum + value * residual[c]!, 0);
    size += squaredNorm(Y.data.subarray(i * Y.columns, (i + 1) * Y.columns)) / kept.length;
  }
  const variance = quadratic / ((kept.length - 1) * m);
  const negligible = ROUNDING ** 2 * size;
  return candidates.map(({ point, weights, variance: relative }) => {
    const predicted = combination(kept, weights, centred);
    const square = squaredNorm(predicted.map((value, c) => centred.data[point * Y.columns + c]! - value));
    if (variance * m <= negligible) return square <= negligible ? 0 : Number.POSITIVE_INFINITY;
    return square / relative / m / variance;
  });
}

/** Row `i` of `M`, the columns in `kept`. */
function rowOf({ rows: n, data }: Matrix, i: number, kept: readonly number[]): Float64Array {
  const row = new Float64Array(kept.length);
  for (let a = 0; a < row.length; a++) row[a] = data[i * n + kept[a]!]!;
  return row;
}

/** Sum of the rows of `Y` in `rows`, each times its coefficient. */
function combination(rows: readonly number[], coefficients: Float64Array, Y: Matrix): Float64Array {
  const { columns, data } = Y;
  const sum = new Float64Array(columns);
  for (let a = 0; a < rows.length; a++) {
    const start = rows[a]! * columns;
    for (let c = 0; c < columns; c++) sum[c]! += coefficients[a]! * data[start + c]!;
  }
  return sum;
}

function squaredNorm(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Works with any linear encoding; the number of Byzantine workers it is told of is not used. */
export const krigingLocator: Locator = {
  locate(received) {
    const { E, Y } = ofSurvivors(received);
    return Int32Array.from(locateByKriging(E, received.batch.gram(), Y), (row) => received.survivors[row]!);
  },
};
