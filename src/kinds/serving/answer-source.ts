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
  /** What the workers answer to the queries from `first` on, as many as the encoder takes. */
  answers(encoder: Encoder, first: number): Promise<Answers>;
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
        answers(encoder, first) {
          const start = from + first;
          const key = `${number}/${start}/${numberOf(encoder)}`;
          const there = answered.get(key);
          if (there) return there;
          const made = (async () => {
            const part = partOf(batch, start, encoder.K);
            const prepared = prepare(known[numberOf(encoder)]!, part);
            const own = logits.subarray(start * m, (start + encoder.K) * m);
            const reply = await workers.ask(taskOf(prepared, part, own, new Float32Array(encoder.N * part.D)));
            return { answers: scaled(reply.answers), encoding: prepared.encoding, batch: part };
          })();
          answered.set(key, made);
          return made;
        },
      };
    },
  };
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
