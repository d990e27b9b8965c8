import type { Batch, Encoding } from '../codecs/codec.ts';
import { encodePoints } from '../math/gemm.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import type { Model } from '../models/model.ts';
import type { CodedBatch, Plan } from './plan.ts';

/** What workers answer to coded batches. Buffers are reused: one call at a time. */
export interface CodedInference {
  /**
   * Encodes a batch, infers the points that are not copies of a query, and returns the answers of all workers [N, m].
   * @param outputs [K, m] true outputs of the queries, which are the answers of copies
   */
  answers(
    group: CodedBatch,
    batch: Batch,
    outputs: Float64Array,
  ): Promise<{ readonly encoding: Encoding; readonly answers: Float64Array }>;
}

/** @param D numbers a point */
export function codedInference(
  plan: Plan,
  model: Model,
  workerModels: ReadonlyMap<string, Model>,
  D: number,
): CodedInference {
  const m = model.outputs;
  const largest = plan.codedBatches.reduce((most, batch) => Math.max(most, batch.N), 0);
  const coded = new Float32Array(largest * D);
  const fixedEncodings = new Map<CodedBatch, PreparedEncoding>();

  return {
    async answers(group, batch, outputs) {
      const prepared = encode(group, batch);
      return { encoding: prepared.encoding, answers: await infer(group, prepared, batch, outputs) };
    },
  };

  function encode(group: CodedBatch, batch: Batch): PreparedEncoding {
    const { encoder } = group.codec;
    let prepared = fixedEncodings.get(group);
    if (!prepared) {
      prepared = prepare(encoder.encode(batch), encoder.workerModels);
      if (!encoder.dependsOnBatch) fixedEncodings.set(group, prepared);
    }
    return prepared;
  }

  async function infer(
    group: CodedBatch,
    prepared: PreparedEncoding,
    batch: Batch,
    outputs: Float64Array,
  ): Promise<Float64Array> {
    const answers = new Float64Array(group.N * m);
    for (const { worker, query } of prepared.copies) {
      answers.set(outputs.subarray(query * m, (query + 1) * m), worker * m);
    }
    for (const { name, workers, rows } of prepared.parts) {
      encodePoints(rows, batch.points, D, coded);
      workers.forEach((worker, place) => {
        const point = prepared.encoding.points?.get(worker);
        if (point) coded.set(point, place * D);
      });
      const runs = name === '' ? model : workerModels.get(name)!;
      const computed = await runs.infer(coded.subarray(0, workers.length * D), workers.length);
      workers.forEach((worker, place) => {
        for (let j = 0; j < m; j++) answers[worker * m + j] = computed[place * m + j]!;
      });
    }
    return answers;
  }
}

/** An encoding sorted by what has to be computed. */
interface PreparedEncoding {
  readonly encoding: Encoding;
  /** Workers that get a query as it is: their answer is the base model's, which is known. */
  readonly copies: readonly { readonly worker: number; readonly query: number }[];
  /** The other workers, by the model they run ('' for the base model), with their rows of the encoding matrix. */
  readonly parts: readonly { readonly name: string; readonly workers: readonly number[]; readonly rows: Matrix }[];
}

function prepare(encoding: Encoding, workerModels?: ReadonlyMap<number, string>): PreparedEncoding {
  const { rows: N, columns: K, data } = encoding.matrix;
  const copies: { worker: number; query: number }[] = [];
  const byModel = new Map<string, number[]>();
  for (let worker = 0; worker < N; worker++) {
    const name = workerModels?.get(worker) ?? '';
    const row = data.subarray(worker * K, (worker + 1) * K);
    const query = row.indexOf(1);
    const isCopy =
      query >= 0 && name === '' && !encoding.points?.has(worker) && row.every((w, k) => k === query || w === 0);
    if (isCopy) copies.push({ worker, query });
    else if (byModel.has(name)) byModel.get(name)!.push(worker);
    else byModel.set(name, [worker]);
  }
  const parts = [...byModel].map(([name, workers]) => {
    const rows = matrix(workers.length, K);
    workers.forEach((worker, place) => {
      rows.data.set(data.subarray(worker * K, (worker + 1) * K), place * K);
    });
    return { name, workers, rows };
  });
  return { encoding, copies, parts };
}
