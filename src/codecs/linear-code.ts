import { encodePoints } from '../math/gemm.ts';
import type { Matrix } from '../math/matrix.ts';
import { berrutDecoder, berrutEncodingMatrix } from './berrut.ts';
import type { LinearDecoder } from './codec.ts';
import { combineRows } from './linear.ts';
import { splineDecoder, splineEncodingMatrix } from './nercc.ts';
import type { NodeRule } from './nodes.ts';

/** A code that is two matrices around the workers: `X~ = A·X`, worker `n` computes `y_n = f(X~_n)`, and `Y^ = B_F·Y_F`. */
export interface LinearCode {
  /** Queries that are encoded together. */
  readonly K: number;
  /** Workers. */
  readonly N: number;
  /** `A` [N, K]: row `n` makes the coded point of worker `n`. Rows sum to 1. */
  readonly encodingMatrix: Matrix;
  /**
   * The coded points.
   * @param points [K, D] row-major
   * @returns [N, D], in single precision
   * @throws RangeError when `points` does not fill [K, D]
   */
  encode(points: Float32Array, D: number): Float32Array;
  /**
   * `B_F` [K, |F|]: columns belong to `survivors`. Rows sum to 1.
   * @param survivors numbers of the workers that answered, ascending, at least one
   * @throws RangeError when `survivors` is anything else
   */
  decodingMatrix(survivors: ArrayLike<number>): Matrix;
  /**
   * The outputs of the model at the queries, approximately.
   * @param answers [|F|, m] row-major, in the order of `survivors`, in either precision
   * @param m outputs of the model
   * @returns [K, m]
   * @throws RangeError as `decodingMatrix`, or when `answers` does not fill [|F|, m]
   */
  decode(answers: Float64Array | Float32Array, m: number, survivors: ArrayLike<number>): Float64Array;
}

/** Size of a code and the rule of its worker nodes. */
export interface CodeSize {
  readonly K: number;
  readonly N: number;
  /** Default `default`: Chebyshev points of the second kind. */
  readonly nodes?: NodeRule;
}

/** Smoothing of a NeRCC code; 0, the default, interpolates. */
export interface Smoothing {
  readonly lambdaEnc?: number;
  readonly lambdaDec?: number;
}

/**
 * Berrut approximated coded computing (BACC; Jahani-Nezhad & Maddah-Ali 2022): rational interpolation without poles.
 * @throws RangeError unless K and N are positive integers
 */
export function berrut({ K, N, nodes = 'default' }: CodeSize): LinearCode {
  return linearCode(berrutEncodingMatrix(K, N, nodes), berrutDecoder(K, N, nodes));
}

/**
 * Nested-regression coded computing (NeRCC; arXiv 2402.04377): natural cubic smoothing splines. Without smoothing it is NeRCC0.
 * @throws RangeError unless K and N are positive integers and both λ are finite and at least 0
 */
export function nercc({ K, N, nodes = 'default', lambdaEnc = 0, lambdaDec = 0 }: CodeSize & Smoothing): LinearCode {
  return linearCode(splineEncodingMatrix(K, N, lambdaEnc, nodes), splineDecoder(K, N, lambdaDec, nodes));
}

function linearCode(encodingMatrix: Matrix, decoder: LinearDecoder): LinearCode {
  const { rows: N, columns: K } = encodingMatrix;
  const decodingMatrix = (survivors: ArrayLike<number>) => decoder.decodingMatrix(checked(survivors, N));
  return {
    K,
    N,
    encodingMatrix,
    encode(points, D) {
      const coded = new Float32Array(N * D);
      encodePoints(encodingMatrix, points, D, coded);
      return coded;
    },
    decodingMatrix,
    decode(answers, m, survivors) {
      const matrix = decodingMatrix(survivors);
      if (answers.length !== matrix.columns * m) {
        throw new RangeError(`${answers.length} numbers do not fill the answers [${matrix.columns}, ${m}]`);
      }
      return combineRows(
        matrix,
        answers instanceof Float64Array ? answers : Float64Array.from(answers),
        m,
        Int32Array.from({ length: matrix.columns }, (_, i) => i),
      ).data;
    },
  };
}

function checked(survivors: ArrayLike<number>, N: number): Int32Array {
  if (survivors.length === 0) throw new RangeError('nothing can be decoded from no answers');
  for (let i = 0; i < survivors.length; i++) {
    const worker = survivors[i]!;
    if (!Number.isInteger(worker) || worker < 0 || worker >= N) {
      throw new RangeError(`survivor ${worker} is no worker; there are workers 0 to ${N - 1}`);
    }
    if (i > 0 && worker <= survivors[i - 1]!) {
      throw new RangeError(`survivor ${worker} comes after ${survivors[i - 1]}; they must ascend`);
    }
  }
  return Int32Array.from(survivors);
}
