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
 * `weights [K, |F|]` times the rows of `values [N, m]` that `rows` names.
 * @returns [K, m]
 */
export function combineRows(weights: Matrix, values: Float64Array, m: number, rows: Int32Array): Matrix {
  const result = matrix(weights.rows, m);
  const { data } = result;
  const n = weights.columns;
  for (let k = 0; k < weights.rows; k++) {
    for (let i = 0; i < n; i++) {
      const weight = weights.data[k * n + i]!;
      const start = rows[i]! * m;
      for (let j = 0; j < m; j++) data[k * m + j]! += weight * values[start + j]!;
    }
  }
  return result;
}
