/**
 * The workers as a master sees them: it sends coded points, and some answer. Adapters say who computes: a model in this
 * process (`session.ts`), others machines, threads or a simulated clock. What goes wrong on the way are faults (`faults/`),
 * values that change a reply, so that they serve every adapter.
 */
export interface Workers {
  /** Sends one coded batch. One call at a time: the arrays of a task may be used again once it is answered. */
  ask(task: Task): Promise<Reply>;
}

/** What the workers of one coded batch are asked to compute. Every worker is in one part, or gets a copy. */
export interface Task {
  readonly N: number;
  /** Coded points, by the model they are for. */
  readonly parts: readonly TaskPart[];
  /** Workers that get a query as it is. */
  readonly copies: readonly { readonly worker: number; readonly query: number }[];
  /** Says which queries of the data they are: equal texts, equal queries. */
  readonly batch: string;
  /** The queries [K, D]; read at the first call, since not every adapter needs them. */
  queries(): Promise<Float32Array>;
  /** What the base model makes of the queries [K, m]: the answers of copies, known to a workers' adapter that runs the same model. */
  readonly queryOutputs: Float64Array;
}

export interface TaskPart {
  /** The parity model that these workers run; absent: the base model. */
  readonly model?: string | undefined;
  readonly workers: readonly number[];
  /** With `Task.batch` it says what the points are: equal texts, equal points. */
  readonly code: string;
  /** Whether every batch has this code; otherwise it follows from the queries. */
  readonly isFixed: boolean;
  /**
   * The coded points of `workers.slice(from, to)`, all by default, one a row; encoded when they are asked for.
   * @returns [to - from, D], where the master keeps one array for all: valid until the next call
   */
  points(from?: number, to?: number): Promise<Float32Array>;
  /** The same in doubles, for a model that takes them. */
  precisePoints(): Promise<Float64Array>;
}

/** What came back. */
export interface Reply {
  /** [N, m] by worker number; rows of workers that did not answer must not be read. */
  readonly answers: Float64Array;
  /** Outputs of the model. */
  readonly m: number;
  /** Numbers of the workers that answered in time, ascending. */
  readonly answered: Int32Array;
  /** [N] seconds until each answer came, where a clock ran. */
  readonly seconds?: Float64Array;
  /** Workers that lied, ascending, where a fault made them: for what is measured, never for what decodes. */
  readonly liars?: Int32Array;
}
