import { type Matrix, matrix } from '../math/matrix.ts';
import type { LinearDecoder } from './codec.ts';

/**
 * A decoder that applies the matrix of each survivor set. The last matrix is kept: the plan decodes several answers of one
 * survivor set in succession.
 * @param build `B_F` [K, |F|] of a survivor set
 */
export function linearDecoder(build: (survivors: Int32Array) => Matrix): LinearDecoder {
  const decodingMatrix = lastResult(build);
  return {
    decodingMatrix,
    ignoresQueries: true,
    decode({ answers, m, survivors }) {
      return { outputs: combineRows(decodingMatrix(survivors), answers, m, survivors).data };
    },
  };
}

/** Remembers the result for the last survivor set, compared by its numbers. */
export function lastResult<T>(compute: (survivors: Int32Array) => T): (survivors: Int32Array) => T {
  let key: Int32Array | undefined;
  let result: T;
  return (survivors) => {
    if (!key || !equal(key, survivors)) {
      result = compute(survivors);
      key = survivors.slice(); // a copy: the caller may reuse its array
    }
    return result;
  };
}

function equal(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The nodes of the survivors [|F|], in the order of `survivors`. */
export function nodesOf(survivors: Int32Array, beta: Float64Array): Float64Array {
  const nodes = new Float64Array(survivors.length);
  for (let i = 0; i < nodes.length; i++) nodes[i] = beta[survivors[i]!]!;
  return nodes;
}

/**
 * `weights [K, |F|]` times the rows of `values [N, m]` that `rows` names, four rows by two columns at a time: the sums stay in
 * registers, which is several times faster than one row at a time.
 * @returns [K, m]
 */
export function combineRows(weights: Matrix, values: Float64Array, m: number, rows: Int32Array): Matrix {
  const { rows: K, columns: n, data } = weights;
  const result = matrix(K, m);
  const out = result.data;
  for (let j = 0; j < m; j += 2) {
    // an odd last column, and the last rows, are computed more than once
    const next = j + 1 < m ? 1 : 0;
    for (let tile = 0; tile < K; tile += 4) {
      const k0 = tile;
      const k1 = Math.min(tile + 1, K - 1);
      const k2 = Math.min(tile + 2, K - 1);
      const k3 = Math.min(tile + 3, K - 1);
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let i = 0; i < n; i++) {
        const at = rows[i]! * m + j;
        const a = values[at]!;
        const b = values[at + next]!;
        const w0 = data[k0 * n + i]!;
        const w1 = data[k1 * n + i]!;
        const w2 = data[k2 * n + i]!;
        const w3 = data[k3 * n + i]!;
        a0 += w0 * a;
        b0 += w0 * b;
        a1 += w1 * a;
        b1 += w1 * b;
        a2 += w2 * a;
        b2 += w2 * b;
        a3 += w3 * a;
        b3 += w3 * b;
      }
      out[k0 * m + j + next] = b0;
      out[k1 * m + j + next] = b1;
      out[k2 * m + j + next] = b2;
      out[k3 * m + j + next] = b3;
      out[k0 * m + j] = a0;
      out[k1 * m + j] = a1;
      out[k2 * m + j] = a2;
      out[k3 * m + j] = a3;
    }
  }
  return result;
}
