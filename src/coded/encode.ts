import type { Batch, Encoder, Encoding } from '../codecs/codec.ts';
import { dependsOnBatch, encode } from '../codecs/encoder.ts';
import { encodePoints } from '../math/gemm.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Task, TaskPart } from '../workers/workers.ts';

/** An encoding sorted by what has to be computed. */
export interface PreparedEncoding {
  readonly encoding: Encoding;
  /** Workers that get a query as it is. */
  readonly copies: Task['copies'];
  /** The other workers, by the model they run (undefined: the base model), with their rows of the encoding matrix. */
  readonly parts: readonly {
    readonly model: string | undefined;
    readonly workers: readonly number[];
    readonly rows: Matrix;
  }[];
}

/** Encodes batches; what does not depend on the batch is prepared once for each encoder. */
export function encodings(): (encoder: Encoder, batch: Batch, made?: Float32Array) => PreparedEncoding {
  const fixed = new Map<Encoder, PreparedEncoding>();
  return (encoder, batch, made) => {
    const known = fixed.get(encoder);
    if (known) return known;
    const prepared = prepare(encode(encoder, batch, made), encoder.workerModels);
    if (!dependsOnBatch(encoder)) fixed.set(encoder, prepared);
    return prepared;
  };
}

function prepare(encoding: Encoding, workerModels?: ReadonlyMap<number, string>): PreparedEncoding {
  const { rows: N, columns: K, data } = encoding.matrix;
  const copies: { worker: number; query: number }[] = [];
  const byModel = new Map<string | undefined, number[]>();
  for (let worker = 0; worker < N; worker++) {
    const model = workerModels?.get(worker);
    const row = data.subarray(worker * K, (worker + 1) * K);
    const query = row.indexOf(1);
    const isCopy =
      query >= 0 && model === undefined && !encoding.points?.has(worker) && row.every((w, k) => k === query || w === 0);
    if (isCopy) copies.push({ worker, query });
    else {
      const workers = byModel.get(model);
      if (workers) workers.push(worker);
      else byModel.set(model, [worker]);
    }
  }
  const parts = [...byModel].map(([model, workers]) => {
    const rows = matrix(workers.length, K);
    workers.forEach((worker, place) => {
      rows.data.set(data.subarray(worker * K, (worker + 1) * K), place * K);
    });
    return { model, workers, rows };
  });
  return { encoding, copies, parts };
}

/**
 * What the workers of a batch are asked.
 * @param queryOutputs [K, m] what the base model makes of the queries
 * @param buffer at least N·D numbers: the coded points are written there
 */
export function taskOf(
  { encoding, copies, parts }: PreparedEncoding,
  batch: Batch,
  queryOutputs: Float64Array,
  buffer: Float32Array,
): Task {
  const { D } = batch;
  let used = 0;
  const codedParts = parts.map(({ model, workers, rows }): TaskPart => {
    const points = buffer.subarray(used, used + workers.length * D);
    used += points.length;
    encodePoints(rows, batch.points, D, points);
    workers.forEach((worker, place) => {
      const point = encoding.points?.get(worker);
      if (point) points.set(point, place * D);
    });
    return { model, workers, points };
  });
  return { N: encoding.matrix.rows, parts: codedParts, copies, queries: batch.points, queryOutputs };
}
