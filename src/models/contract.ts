/** How an ONNX model is asked. Plain data. */
export interface Contract {
  readonly input: string;
  readonly output: string;
  /** Of one point. */
  readonly shape: readonly number[];
  /** Points a call, where the file fixes them. */
  readonly fixed: number | undefined;
}

/** What opening a model and running it once showed. Plain data. */
export interface OnnxContract extends Contract {
  readonly outputs: number;
}
