import { Matrix as Dense, pseudoInverse } from 'ml-matrix';
import * as z from 'zod';
import { type Matrix, matrix } from '../math/matrix.ts';
import { DecodeFailure, UserError } from '../util/errors.ts';
import type { Batch, Decoded, Decoder, Encoder, Received, Scheme } from './codec.ts';
import { fallbacks, fillUnavailable } from './fallback.ts';
import { tiledImage } from './tiles.ts';

const options = z.strictObject({
  code: z
    .enum(['addition', 'concatenation'])
    .default('addition')
    .describe(
      'parity query: the weighted sum of the queries, or the images down-sampled and tiled (one parity worker)',
    ),
  fallback: z
    .enum(fallbacks)
    .default('nearest')
    .describe('what a lost query gets that the parities cannot reconstruct'),
  models: z.string().min(1).optional().describe('folder of the parity models (default: those that ship)'),
});
type ParmOptions = z.output<typeof options>;

/** ParM: parity models (Kosaian et al., SOSP 2019). Workers 0 … K-1 compute a query each, the other N-K the parity queries. */
export const parm: Scheme<ParmOptions> = {
  name: 'parm',
  summary: 'a learned parity model reconstructs lost answers (Kosaian et al., SOSP 2019)',
  options,
  unlisted: ['models'],
  label: ({ code }) => (code === 'addition' ? 'ParM' : 'ParM-concatenation'),
  systematic: true,
  ownModels: true,
  workersFormula: 'K',
  minimumWorkers({ K, S, E }) {
    if (E > 0) throw new UserError('parm tolerates no Byzantine workers: E must be 0');
    return K + S;
  },
  // lost answers beyond the number of parities get the fallback
  requiredWorkers: ({ K }) => K,
  warning(K, N) {
    const r = N - K;
    // with one parity nothing is amplified; the subsets of many, or of many queries, take long to go through
    if (r < 2 || r > 3 || K ** r > 10_000) return undefined;
    const factor = Number(amplification(K, r).toPrecision(3));
    return `parm with K = ${K}, N = ${N} amplifies errors of its ${r} parity models up to ${factor} times`;
  },
  encoder: parityEncoder,
  decoder: parityDecoder,
};

/**
 * Coefficients of the addition code: row j has `c_{ji} = (i+1)^j`, so that every square submatrix is regular (its minors are
 * generalised Vandermonde determinants of positive nodes).
 * @returns [r, K]
 */
export function parityCoefficients(K: number, r: number): Matrix {
  const C = matrix(r, K);
  for (let j = 0; j < r; j++) for (let i = 0; i < K; i++) C.data[j * K + i] = (i + 1) ** j;
  return C;
}

/**
 * How much the decoder can amplify errors of the parity models: the largest `‖C_M⁺‖_∞` over the sets of lost queries and of
 * parities that came, that is the largest error of a reconstructed output when every parity output is off by at most 1.
 */
export function amplification(K: number, r: number): number {
  const C = parityCoefficients(K, r);
  let worst = 0;
  for (const parities of subsets(r)) {
    for (const missing of subsets(K, parities.length)) {
      const solver = pseudoInverse(submatrix(C, parities, missing));
      for (let i = 0; i < solver.rows; i++) {
        worst = Math.max(
          worst,
          solver.getRow(i).reduce((sum, entry) => sum + Math.abs(entry), 0),
        );
      }
    }
  }
  return worst;
}

function parityEncoder(K: number, N: number, { code, models }: ParmOptions): Encoder {
  const r = parityWorkers(K, N, code);
  const A = matrix(N, K);
  for (let i = 0; i < K; i++) A.data[i * K + i] = 1;
  A.data.set(parityCoefficients(K, r).data, K * K);
  const workerModels = new Map<number, string>();
  for (let j = 0; j < r; j++) workerModels.set(K + j, parityModelName({ K, row: j, code, models }));
  const shared = { K, N, matrix: A, workerModels };
  return code === 'addition' || r === 0 ? shared : { ...shared, points: new Map([[K, tiled]]) };
}

function tiled({ points, K, shape }: Batch): Float32Array {
  if (shape?.length !== 3) throw new UserError('the concatenation code of parm needs images; use code: addition');
  return tiledImage(points, K, shape as [number, number, number]);
}

/** The name by which a parity model is asked for: `k8`, `k8-row1`, `k4-concatenation`, with its folder in front if one is given. */
export function parityModelName(wanted: {
  readonly K: number;
  readonly row: number;
  readonly code: ParmOptions['code'];
  readonly models?: string | undefined;
}): string {
  const { K, row, code, models } = wanted;
  const stem = `k${K}${row > 0 ? `-row${row}` : ''}${code === 'addition' ? '' : `-${code}`}`;
  return models === undefined ? stem : `${models}/${stem}`;
}

function parityWorkers(K: number, N: number, code: ParmOptions['code']): number {
  const r = N - K;
  if (r < 0) throw new UserError(`parm needs a worker for every query: N = ${N} is less than K = ${K}`);
  if (code === 'concatenation' && r > 1) {
    throw new UserError(`the concatenation code of parm has one parity worker: N = ${N} must be K + 1 = ${K + 1}`);
  }
  return r;
}

/**
 * Lost answers are the least-squares solution of `Σ_{i lost} c_{ji} f_i = P_j - Σ_{i came} c_{ji} y_i` over the parities that
 * came; for one parity, its answer minus the others. With more lost than parities, lost queries get the fallback.
 */
function parityDecoder(K: number, N: number, { code, fallback }: ParmOptions): Decoder {
  const r = parityWorkers(K, N, code);
  const C = parityCoefficients(K, r);
  return {
    decode(received): Decoded {
      const { answers, m, survivors } = received;
      const outputs = new Float64Array(K * m);
      const available = new Uint8Array(K);
      const parities: number[] = [];
      for (const worker of survivors) {
        if (worker >= K) {
          parities.push(worker - K);
          continue;
        }
        available[worker] = 1;
        outputs.set(answers.subarray(worker * m, (worker + 1) * m), worker * m);
      }
      const missing = Array.from({ length: K }, (_, i) => i).filter((i) => !available[i]);
      if (missing.length <= parities.length) reconstruct(outputs, received, C, missing, parities);
      else if (missing.length < K || fallback === 'random') fillUnavailable(outputs, available, fallback, received);
      else throw new DecodeFailure(`parm: no query's answer came, and ${parities.length} parities cannot replace ${K}`);
      return { outputs, available, ...(fallback === 'random' && { classOnly: true }) };
    },
  };
}

function reconstruct(
  outputs: Float64Array,
  { answers, m }: Received,
  C: Matrix,
  missing: number[],
  parities: number[],
): void {
  if (missing.length === 0) return;
  const K = C.columns;
  const solver = pseudoInverse(submatrix(C, parities, missing));
  for (let j = 0; j < m; j++) {
    // the rows of missing queries are still zero
    const right = parities.map((row) => {
      let value = answers[(K + row) * m + j]!;
      for (let i = 0; i < K; i++) value -= C.data[row * K + i]! * outputs[i * m + j]!;
      return value;
    });
    const solution = solver.mmul(Dense.columnVector(right));
    missing.forEach((query, i) => {
      outputs[query * m + j] = solution.get(i, 0);
    });
  }
}

function submatrix(C: Matrix, rows: readonly number[], columns: readonly number[]): Dense {
  return new Dense(rows.map((row) => columns.map((column) => C.data[row * C.columns + column]!)));
}

/** The non-empty subsets of 0 … size-1 with at most `most` elements, each ascending. */
function subsets(size: number, most = size): number[][] {
  const result: number[][] = [];
  const extend = (subset: number[], from: number) => {
    if (subset.length > 0) result.push(subset);
    if (subset.length === most) return;
    for (let next = from; next < size; next++) extend([...subset, next], next + 1);
  };
  extend([], 0);
  return result;
}
