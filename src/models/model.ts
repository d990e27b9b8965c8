import type { OnnxContract } from './contract.ts';

/** A model is a pure function of a batch. Implementations: ONNX Runtime, TF.js, closed forms. */
export interface Model {
  readonly name: string;
  /** SHA-256 of the model's bytes, hexadecimal. */
  readonly sha256: string;
  /** `onnxruntime-node 1.30.0`, … : part of a run's identity. */
  readonly runtime: string;
  /** Shape of one input without the batch axis, such as [1, 28, 28] (channels first); product D. */
  readonly inputShape: readonly number[];
  /** Number of outputs, m. */
  readonly outputs: number;
  /**
   * @param points [count, D] row-major, values as the dataset gives them (images: pixels / 255, planes first)
   * @returns [count, m] row-major; valid until the next call
   */
  infer(points: Float32Array, count: number): Promise<Float32Array>;
  /** Points that go into one call at most, where this program puts them into calls; it follows from the model alone. */
  readonly pointsACall?: number;
  /** The same in doubles, for a model that is a formula: then points are encoded, and answers kept, in doubles. */
  readonly inferPrecisely?: (points: Float64Array, count: number) => Promise<Float64Array>;
  dispose(): Promise<void>;
  /** What opening it showed, where that saves another thread from trying it. */
  readonly contract?: OnnxContract;
}
