import { type Matrix, matrix } from '../../math/matrix.ts';
import type { LabelledPoints, TwoClassData } from './data.ts';
import { type FixedPoint, featureLevels, quantise } from './fixed-point.ts';

/** Accuracy and mean logistic loss of weights on points that training never saw. */
export interface Evaluation {
  readonly accuracy: number;
  readonly loss: number;
}

/** A trained model after each iteration: entry 0 is the start, `w = 0`. */
export interface Trajectory {
  /** [iterations + 1][d] */
  readonly weights: readonly Float64Array[];
  readonly evaluations: readonly Evaluation[];
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** `X·w` in plain doubles: exact for integers whose sums stay below 2^53. */
export function product(x: Matrix, w: Float64Array): Float64Array {
  const out = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) {
    const offset = i * x.columns;
    let even = 0;
    let odd = 0; // two sums side by side: neither waits for the other's addition
    let j = 0;
    for (; j + 1 < x.columns; j += 2) {
      even += x.data[offset + j]! * w[j]!;
      odd += x.data[offset + j + 1]! * w[j + 1]!;
    }
    if (j < x.columns) even += x.data[offset + j]! * w[j]!;
    out[i] = even + odd;
  }
  return out;
}

/** `Xᵀ·e` in plain doubles. */
export function transposedProduct(x: Matrix, e: Float64Array): Float64Array {
  const out = new Float64Array(x.columns);
  for (let i = 0; i < x.rows; i++) {
    const offset = i * x.columns;
    const factor = e[i]!;
    if (factor === 0) continue;
    for (let j = 0; j < x.columns; j++) out[j]! += x.data[offset + j]! * factor;
  }
  return out;
}

export function evaluate(points: LabelledPoints, w: Float64Array): Evaluation {
  const z = product(points.x, w);
  let right = 0;
  let loss = 0;
  for (let i = 0; i < z.length; i++) {
    const margin = points.y[i] === 1 ? z[i]! : -z[i]!;
    if (z[i]! > 0 === (points.y[i] === 1)) right++;
    // log(1 + exp(-margin)) without overflow
    loss += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  return { accuracy: right / z.length, loss: loss / z.length };
}

/** The integer errors `round((sigmoid(z) - y)·2^errorBits)` from the integer products `z_int = X_int·w_int`. */
export function integerErrors(z: Float64Array, y: Uint8Array, fixedPoint: FixedPoint): Float64Array {
  const unit = 1 / (featureLevels(fixedPoint) * 2 ** fixedPoint.weightBits);
  const errors = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) errors[i] = sigmoid(z[i]! * unit) - y[i]!;
  return quantise(errors, 2 ** fixedPoint.errorBits);
}

/** One step down the gradient: `w - η·g/m`, from the integer gradient `g_int = X_intᵀ·e_int`. */
export function gradientStep(
  w: Float64Array,
  gradient: Float64Array,
  m: number,
  learningRate: number,
  fixedPoint: FixedPoint,
): Float64Array {
  const step = learningRate / (m * featureLevels(fixedPoint) * 2 ** fixedPoint.errorBits);
  return w.map((value, j) => value - step * gradient[j]!);
}

/**
 * Logistic regression in integers without any coding: what every exact scheme must equal bit for bit.
 * @param features [m, d] integers, `quantise(x, 2^pixelBits - 1)`
 */
export function fixedPointReference(
  data: TwoClassData,
  features: Matrix,
  fixedPoint: FixedPoint,
  iterations: number,
  learningRate: number,
): Trajectory {
  return descend(data, iterations, (w) => {
    const z = product(features, quantise(w, 2 ** fixedPoint.weightBits));
    const e = integerErrors(z, data.train.y, fixedPoint);
    return gradientStep(w, transposedProduct(features, e), features.rows, learningRate, fixedPoint);
  });
}

/** The same descent in doubles, without any rounding to fixed point. */
export function floatingReference(data: TwoClassData, iterations: number, learningRate: number): Trajectory {
  const { x, y } = data.train;
  return descend(data, iterations, (w) => {
    const e = product(x, w).map((z, i) => sigmoid(z) - y[i]!);
    const g = transposedProduct(x, e);
    return w.map((value, j) => value - (learningRate / x.rows) * g[j]!);
  });
}

function descend(data: TwoClassData, iterations: number, step: (w: Float64Array) => Float64Array): Trajectory {
  const weights: Float64Array[] = [new Float64Array(data.train.x.columns)];
  for (let t = 0; t < iterations; t++) weights.push(step(weights[t]!));
  return { weights, evaluations: weights.map((w) => evaluate(data.test, w)) };
}

/** The transpose of a matrix. */
export function transpose(a: Matrix): Matrix {
  const out = matrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.columns; j++) out.data[j * a.rows + i] = a.data[i * a.columns + j]!;
  return out;
}
