import { hash } from 'node:crypto';
import type { Batch, Encoder, Encoding } from '../codecs/codec.ts';
import { dependsOnBatch, encode } from '../codecs/encoder.ts';
import { combineRows } from '../codecs/linear.ts';
import { encodePoints } from '../math/gemm.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Task, TaskPart } from '../workers/workers.ts';
import type { LabelledBatch } from './draw.ts';

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
    /** Digest of the rows, and of the points that are no sums of queries. */
    readonly code: string;
  }[];
  /** Whether it serves every batch. */
  readonly isFixed: boolean;
}

/** Encodes batches; what does not depend on the batch is prepared once for each encoder. */
export function encodings(): (encoder: Encoder, batch: Batch, made?: Encoding['points']) => PreparedEncoding {
  const fixed = new Map<Encoder, PreparedEncoding>();
  return (encoder, batch, made) => {
    const known = fixed.get(encoder);
    if (known) return known;
    const isFixed = !dependsOnBatch(encoder);
    const prepared = { ...prepare(encode(encoder, batch, made), encoder.workerModels), isFixed };
    if (isFixed) fixed.set(encoder, prepared);
    return prepared;
  };
}

function prepare(encoding: Encoding, workerModels?: ReadonlyMap<number, string>): Omit<PreparedEncoding, 'isFixed'> {
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
    return { model, workers, rows, code: codeOf(encoding, workers, rows) };
  });
  return { encoding, copies, parts };
}

/** What makes the coded points of some workers out of the queries, as a digest. */
function codeOf({ points }: Encoding, workers: readonly number[], rows: Matrix): string {
  const own = workers.map((worker) => points?.get(worker)).map((point) => (point ? digestOf(point) : ''));
  return `${rows.rows}x${rows.columns}-${digestOf(rows.data)}${own.some((text) => text) ? `-${own.join()}` : ''}`;
}

function digestOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): string {
  return hash('sha256', new Uint8Array(buffer, byteOffset, byteLength), 'hex').slice(0, 32);
}

/**
 * What the workers of a batch are asked. Nothing is read or encoded before an adapter wants the points.
 * @param queryOutputs [K, m] what the base model makes of the queries
 * @param room gives the array that coded points are written to, of this many numbers
 */
export function taskOf(
  { encoding, copies, parts, isFixed }: PreparedEncoding,
  batch: LabelledBatch,
  queryOutputs: Float64Array,
  room: (length: number) => Float32Array,
): Task {
  const { D } = batch;
  const codedParts = parts.map(
    ({ model, workers, rows, code }): TaskPart => ({
      model,
      workers,
      code,
      isFixed,
      async points(from = 0, to = workers.length) {
        await batch.read();
        const points = room((to - from) * D);
        encodePoints(rowsOf(rows, from, to), batch.points, D, points);
        placePoints(encoding.points, workers.slice(from, to), points, D);
        return points;
      },
      async precisePoints() {
        await batch.read();
        const { data } = combineRows(rows, Float64Array.from(batch.points), D, allOf(rows.columns));
        placePoints(encoding.points, workers, data, D);
        return data;
      },
    }),
  );
  const queries = async () => {
    await batch.read();
    return batch.points;
  };
  return {
    N: encoding.matrix.rows,
    parts: codedParts,
    copies,
    get batch() {
      return batch.id; // made of all its numbers, so only where somebody asks
    },
    queries,
    queryOutputs,
  };
}

function rowsOf({ columns, data }: Matrix, from: number, to: number): Matrix {
  return matrix(to - from, columns, data.subarray(from * columns, to * columns));
}

/** Puts points that are no sum of queries into their rows. @param into [workers.length, D] */
function placePoints(
  points: Encoding['points'],
  workers: readonly number[],
  into: Float32Array | Float64Array,
  D: number,
): void {
  if (!points) return;
  workers.forEach((worker, place) => {
    const point = points.get(worker);
    if (point) into.set(point, place * D);
  });
}

function allOf(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
