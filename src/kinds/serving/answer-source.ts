import type { Batch, Encoder, Encoding } from '../../codecs/codec.ts';
import { sameEncoding } from '../../codecs/encoder.ts';
import { drawBatch, gramMatrix, imagePool, type LabelledBatch } from '../../coded/draw.ts';
import { encodings, taskOf } from '../../coded/encode.ts';
import { trialStreams } from '../../coded/streams.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { softmaxRows } from '../../math/softmax.ts';
import type { Model } from '../../models/model.ts';
import { sessionWorkers } from '../../workers/session.ts';

/**
 * Real answers to real queries. Each set of coded points of a trial is inferred once, for every load point and scheme; those of one
 * trial at a time are kept.
 */
export interface AnswerSource {
  /** Queries of a batch. */
  readonly K: number;
  readonly labelled: boolean;
  /**
   * Queries `from` … `from + count - 1` of a batch.
   * @param number of the batch within its trial
   */
  batch(trial: number, number: number, from: number, count: number): Promise<DrawnQueries>;
}

interface DrawnQueries {
  /** Outputs of the model. */
  readonly m: number;
  /** [count, m], what the model makes of the queries */
  readonly truth: Float64Array;
  readonly labels: Int32Array | undefined;
  /** A query itself, [D]. */
  query(number: number): Float32Array;
  /** What the workers get for the queries from `first` on, as many as the encoder takes: [D] each. */
  points(encoder: Encoder, first: number): Promise<readonly Float32Array[]>;
  /**
   * What the workers answer to that.
   * @param received what real workers answered, [m] each; absent: it is inferred here
   */
  answers(encoder: Encoder, first: number, received?: (worker: number) => Float32Array | undefined): Promise<Answers>;
  /** [m], the model's own answer to a query: what a real worker gave, or what is inferred here. */
  own(query: number, received?: Float32Array): Float64Array;
}

interface Answers {
  /** [N, m] */
  readonly answers: Float64Array;
  readonly encoding: Encoding;
  readonly batch: Batch;
}

interface Opened {
  readonly model: Model;
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
  readonly output: 'logits' | 'softmax';
  readonly K: number;
  readonly seed: number;
  /** Batches of a trial: those of another trial have other numbers. */
  readonly batches: number;
}

export function answerSource({ model, workerModels, dataset, output, K, seed, batches }: Opened): AnswerSource {
  const m = model.outputs;
  const images = imagePool('report', false, dataset.length);
  const workers = sessionWorkers(model, workerModels);
  const prepare = encodings();
  const scaled = (values: Float64Array) => {
    if (output === 'softmax') softmaxRows(values, m);
    return values;
  };
  /** Encoders that make the same points are one. */
  const known: Encoder[] = [];
  const numberOf = (encoder: Encoder) => {
    const place = known.findIndex((other) => other === encoder || sameEncoding(other, encoder));
    return place >= 0 ? place : known.push(encoder) - 1;
  };
  const coded = (encoder: Encoder, batch: LabelledBatch, logits: Float64Array, start: number) => {
    const part = partOf(batch, start, encoder.K);
    const prepared = prepare(known[numberOf(encoder)]!, part);
    const own = logits.subarray(start * m, (start + encoder.K) * m);
    const task = taskOf(prepared, part, own, (length) => new Float32Array(length));
    return { part, encoding: prepared.encoding, task };
  };
  const drawn = new Map<number, Promise<{ batch: LabelledBatch; logits: Float64Array; truth: Float64Array }>>();
  const answered = new Map<string, Promise<Answers>>();

  let current = -1;

  const draw = (number: number) => {
    const there = drawn.get(number);
    if (there) return there;
    const made = (async () => {
      const batch = await drawBatch(dataset, images, K, trialStreams(seed, images.purpose, number).batch());
      const logits = Float64Array.from(await model.infer(batch.points, K));
      return { batch, logits, truth: scaled(logits.slice()) };
    })();
    drawn.set(number, made);
    return made;
  };

  return {
    K,
    labelled: dataset.label !== undefined,
    async batch(trial, within, from, count) {
      if (trial !== current) {
        drawn.clear();
        answered.clear();
        current = trial;
      }
      const number = trial * batches + within;
      const { batch, logits, truth } = await draw(number);
      return {
        m,
        truth: truth.subarray(from * m, (from + count) * m),
        labels: batch.labels?.subarray(from, from + count),
        query: (query) => pointOf(batch, from + query),
        own: (query, received) =>
          received ? scaled(Float64Array.from(received)) : truth.subarray((from + query) * m, (from + query + 1) * m),
        async points(encoder, first) {
          const { part, task } = coded(encoder, batch, logits, from + first);
          const points: Float32Array[] = [];
          for (const { worker, query } of task.copies) points[worker] = pointOf(part, query);
          for (const { workers: own, points: made } of task.parts) {
            const all = await made();
            own.forEach((worker, place) => {
              points[worker] = all.subarray(place * part.D, (place + 1) * part.D);
            });
          }
          return points;
        },
        async answers(encoder, first, received) {
          const start = from + first;
          if (received) {
            const { part, encoding } = coded(encoder, batch, logits, start);
            const rows = new Float64Array(encoder.N * m);
            for (let worker = 0; worker < encoder.N; worker++) rows.set(received(worker) ?? [], worker * m);
            return { answers: scaled(rows), encoding, batch: part };
          }
          const key = `${number}/${start}/${numberOf(encoder)}`;
          const there = answered.get(key);
          if (there) return there;
          const made = (async () => {
            const { part, encoding, task } = coded(encoder, batch, logits, start);
            return { answers: scaled((await workers.ask(task)).answers), encoding, batch: part };
          })();
          answered.set(key, made);
          return made;
        },
      };
    },
  };
}

function pointOf({ points, D }: LabelledBatch, query: number): Float32Array {
  return points.subarray(query * D, (query + 1) * D);
}

/** Some queries of a batch, as one of their own. */
function partOf(batch: LabelledBatch, from: number, K: number): LabelledBatch {
  if (from === 0 && K === batch.K) return batch;
  const points = batch.points.slice(from * batch.D, (from + K) * batch.D);
  const indices = batch.indices.slice(from, from + K);
  return {
    indices,
    id: indices.join(),
    read: async () => {}, // the whole batch is
    points,
    K,
    D: batch.D,
    ...(batch.shape && { shape: batch.shape }),
    gram: () => gramMatrix(points, K, batch.D),
  };
}
