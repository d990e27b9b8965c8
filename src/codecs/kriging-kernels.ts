import { type Matrix, matrix } from '../math/matrix.ts';

/** Squared lengths below this share of the points' own scale are rounding of the Gram matrix: the points are equal. */
const ROUNDING = 1e-13;

/** A covariance function of the coded inputs, evaluated where the decoder needs it. */
export interface Kernel {
  /** `matern3/2 l=0.5`, `relu depth=1` */
  readonly name: string;
  /** [n, n], between the survivors' coded points */
  readonly survivors: () => Matrix;
  /** [K, n], between the queries and the survivors' coded points */
  readonly queries: () => Matrix;
}

/** What every kernel is a function of: inner products of the centred points, from the Gram matrix alone. */
export interface Geometry {
  readonly K: number;
  readonly n: number;
  /** [n, n] and [K, n]: inner products of coded points with each other and of queries with coded points */
  readonly survivors: Matrix;
  readonly queries: Matrix;
  /** Squared norms of the centred coded points [n] and queries [K]. */
  readonly survivorNorms: Float64Array;
  readonly queryNorms: Float64Array;
  /** Mean squared norm of the centred queries; 0 when all queries are equal. */
  readonly scale: number;
  /** Median distance between two queries; 0 when most pairs are equal, or K = 1. */
  readonly medianDistance: number;
}

/**
 * @param E rows of the encoding matrix of the workers that answered [n, K], columns in the order of `gram`
 * @param gram Gram matrix of the queries [K, K]
 */
export function geometry(E: Matrix, gram: Matrix): Geometry {
  const { rows: n, columns: K } = E;
  const centred = doublyCentred(gram);
  const queries = matrix(K, n);
  const survivors = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < K; k++) {
      let sum = 0;
      for (let j = 0; j < K; j++) sum += E.data[i * K + j]! * centred.data[j * K + k]!;
      queries.data[k * n + i] = sum;
    }
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += queries.data[k * n + i]! * E.data[j * K + k]!;
      survivors.data[i * n + j] = sum;
      survivors.data[j * n + i] = sum;
    }
  }
  const queryNorms = diagonal(centred);
  const mean = sumOf(queryNorms) / K;
  return {
    K,
    n,
    survivors,
    queries,
    survivorNorms: diagonal(survivors),
    queryNorms,
    scale: mean > ROUNDING * (sumOf(diagonal(gram)) / K) ? mean : 0,
    medianDistance: medianDistance(centred, ROUNDING * (sumOf(diagonal(gram)) / K)),
  };
}

/**
 * The candidates of the decoder, in the order in which ties are decided: Matérn 3/2 and 5/2 with lengths in units of the
 * median distance between queries (none where that is 0), arc-cosine kernels of depth 1 and 3.
 */
export function kernels(points: Geometry): Kernel[] {
  const matern = points.medianDistance > 0;
  return [
    ...(matern ? [0.25, 0.5, 1, 2, 4].map((length) => maternKernel(points, '3/2', length)) : []),
    ...(matern ? [0.25, 0.5, 1, 2].map((length) => maternKernel(points, '5/2', length)) : []),
    arcCosineKernel(points, 1),
    arcCosineKernel(points, 3),
  ];
}

/**
 * Matérn covariance of smoothness 3/2 or 5/2 (Rasmussen & Williams 2006, eq. 4.17).
 * @param length in units of the median distance between queries
 */
function maternKernel(points: Geometry, smoothness: '3/2' | '5/2', length: number): Kernel {
  const rate = Math.sqrt(smoothness === '3/2' ? 3 : 5) / (length * points.medianDistance);
  const covariance = (product: number, a: number, b: number) => {
    const r = rate * Math.sqrt(Math.max(a + b - 2 * product, 0));
    return (smoothness === '3/2' ? 1 + r : 1 + r + (r * r) / 3) * Math.exp(-r);
  };
  return kernelOf(`matern${smoothness} l=${length}`, points, covariance);
}

/**
 * Arc-cosine kernel of order 1: the covariance of an infinitely wide random ReLU network with `depth` hidden layers
 * (Cho & Saul 2009), inputs in units of the queries' mean squared norm, a bias of variance 0.1 before every layer.
 */
export function arcCosineKernel(points: Geometry, depth: number): Kernel {
  const bias = 0.1;
  const unit = points.scale > 0 ? 1 / points.scale : 0;
  const covariance = (product: number, a: number, b: number) => {
    let value = product * unit + bias;
    let squareA = a * unit + bias; // the layers keep the diagonal, but for the bias
    let squareB = b * unit + bias;
    for (let layer = 0; layer < depth; layer++) {
      if (layer > 0) {
        value += bias;
        squareA += bias;
        squareB += bias;
      }
      const norms = Math.sqrt(Math.max(squareA, 1e-12) * Math.max(squareB, 1e-12));
      const cosine = Math.min(Math.max(value / norms, -1), 1);
      value = (norms * (Math.sqrt(1 - cosine * cosine) + (Math.PI - Math.acos(cosine)) * cosine)) / Math.PI;
    }
    return value;
  };
  return kernelOf(`relu depth=${depth}`, points, covariance);
}

/** @param covariance of two points with the given inner product and squared norms */
function kernelOf(
  name: string,
  points: Geometry,
  covariance: (product: number, normA: number, normB: number) => number,
): Kernel {
  const { K, n, survivorNorms, queryNorms } = points;
  return {
    name,
    survivors() {
      const C = matrix(n, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const value = covariance(points.survivors.data[i * n + j]!, survivorNorms[i]!, survivorNorms[j]!);
          C.data[i * n + j] = value;
          C.data[j * n + i] = value;
        }
      }
      return C;
    },
    queries() {
      const C = matrix(K, n);
      for (let k = 0; k < K; k++) {
        for (let i = 0; i < n; i++) {
          C.data[k * n + i] = covariance(points.queries.data[k * n + i]!, queryNorms[k]!, survivorNorms[i]!);
        }
      }
      return C;
    },
  };
}

/** `J·G·J`, `J = I - 11ᵀ/K`: inner products about the mean of the points. */
function doublyCentred(gram: Matrix): Matrix {
  const { rows: K, data: G } = gram;
  const means = Float64Array.from({ length: K }, (_, i) => sumOf(G.subarray(i * K, (i + 1) * K)) / K);
  const mean = sumOf(means) / K;
  return matrix(
    K,
    K,
    G.map((value, at) => value - means[Math.floor(at / K)]! - means[at % K]! + mean),
  );
}

/** @param smallest squared distances up to this are 0 */
function medianDistance(centred: Matrix, smallest: number): number {
  const { rows: K, data: G } = centred;
  const squares: number[] = [];
  for (let i = 0; i < K; i++) {
    for (let j = i + 1; j < K; j++) squares.push(G[i * K + i]! + G[j * K + j]! - 2 * G[i * K + j]!);
  }
  if (squares.length === 0) return 0;
  squares.sort((a, b) => a - b);
  const distance = (at: number) => (squares[at]! > smallest ? Math.sqrt(squares[at]!) : 0);
  return (distance((squares.length - 1) >> 1) + distance(squares.length >> 1)) / 2;
}

function diagonal({ rows, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => data[i * rows + i]!);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
