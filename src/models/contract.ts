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

/** What earlier openings of models showed: with it, a file is loaded into a session at the first inference. */
export interface KnownContracts {
  find(model: OpenedModel): OnnxContract | undefined;
  keep(model: OpenedModel, contract: OnnxContract): void;
}

/** What decides the contract of a model. */
export interface OpenedModel {
  readonly name: string;
  readonly sha256: string;
  readonly runtime: string;
  readonly outputName: string | undefined;
}
