import type { Batch, Encoder } from '../codecs/codec.ts';
import { gramMatrix } from '../coded/draw.ts';
import { encodings, type PreparedEncoding } from '../coded/encode.ts';
import { encodePoints } from '../math/gemm.ts';
import type { RemoteModel } from '../protocol/client.ts';
import { HttpRefusal, type ServedModel } from '../protocol/server.ts';
import { randomStream } from '../util/random.ts';
import { answerOf, decodePart, survivorsOf } from './decode.ts';
import type { DecodedPart, Deployed } from './deployed.ts';
import type { Deployment } from './deployment.ts';
import { Dispatcher } from './dispatcher.ts';
import { LiveClock } from './live-clock.ts';

/**
 * Where an answer to a query came from: the model itself; a decoder; a decoder at the deadline, or after failures, from
 * fewer answers than are waited for (`late`); or nowhere.
 */
export type Source = 'own' | 'decoded' | 'late' | 'none';

export interface FrontEndOptions {
  readonly deployed: Deployed;
  /** A server for each worker, in the order of the pools. */
  readonly remotes: readonly RemoteModel[];
  /** Seconds that a group waits for its other queries. */
  readonly wait: number;
  /** Seconds after the first query of a group, after which what came has to do. */
  readonly deadline?: number | undefined;
  /** Most queries under way; further ones are refused. */
  readonly most: number;
  /** Told of every answer. */
  readonly answered?: (seconds: number, source: Source) => void;
}

/** A coded system as one model: queries in, answers out. */
export interface FrontEnd extends Pick<ServedModel, 'ready' | 'infer'> {
  /** Queries under way. */
  readonly underWay: number;
  /** Tasks that workers began, and those that got no answer. */
  readonly tasks: number;
  readonly failures: number;
  /** Takes no further query, and answers those under way. */
  drain(): Promise<void>;
}

interface Query {
  readonly point: Float32Array;
  readonly began: number;
  answer(values: ArrayLike<number> | undefined, source: Source): void;
}

/** A group under way. */
interface Group {
  readonly answers: Map<number, Float32Array>;
  /** By part: the coded points of its workers, and the outputs once they were decoded. */
  readonly coded: Map<DecodedPart, Coded>;
  readonly decoded: Map<DecodedPart, Float32Array | undefined>;
}

interface Coded {
  readonly batch: Batch;
  readonly prepared: PreparedEncoding;
  readonly points: readonly Float32Array[];
}

/** A coded front end before the servers of a model. */
export function frontEnd(options: FrontEndOptions): FrontEnd {
  const { deployed, remotes, wait, deadline, most, answered } = options;
  const { code, parts, pools } = deployed;
  const { inputShape, outputs: m } = remotes[0]!;
  const D = inputShape.reduce((product, size) => product * size, 1);
  const queries = new Map<number, Query>();
  const groups = new Map<number, Group>();
  const prepare = encodings();
  let numbers = 0;
  let draining = false;
  let drained: () => void = () => {};

  const partOf = (query: number) => parts[code.parts.findIndex((part) => part.queries.includes(query))]!;
  const groupOf = (group: number): Group => {
    const known = groups.get(group);
    if (known) return known;
    const made: Group = { answers: new Map(), coded: new Map(), decoded: new Map() };
    groups.set(group, made);
    return made;
  };
  const pointOf = (slot: number, query: number) =>
    queries.get(dispatcher.groups.request[slot * code.K + query]!)?.point ?? new Float32Array(D);
  const codedOf = (slot: number, group: Group, part: DecodedPart): Coded => {
    const known = group.coded.get(part);
    if (known) return known;
    const { encoder } = part.codec;
    const points = new Float32Array(encoder.K * D);
    for (let k = 0; k < encoder.K; k++) points.set(pointOf(slot, part.firstQuery + k), k * D);
    const batch = batchOf(points, encoder.K, D, inputShape);
    const prepared = prepare(encoder, batch);
    const coded = { batch, prepared, points: codedPoints(encoder, prepared, batch) };
    group.coded.set(part, coded);
    return coded;
  };
  /** What a task computes on: a query, or a mixture of those of its part. */
  const taskPoint = (slot: number, group: Group, index: number): Float32Array => {
    const query = index < code.tasks.length ? code.tasks[index]!.query : index - code.tasks.length;
    if (query >= 0) return pointOf(slot, query);
    const part = parts[code.tasks[index]!.part]!;
    return codedOf(slot, group, part).points[part.tasks.indexOf(index)]!;
  };

  const clock = new LiveClock({
    async work({ worker, slot, group, index, signal }) {
      const held = groupOf(group);
      const values = await remotes[worker]!.infer(taskPoint(slot, held, index), 1, { signal });
      if (groups.get(group) === held) held.answers.set(index, values);
    },
  });
  const deployment: Deployment = { pools, dispatch: 'shared', cancel: 'queued', wait, deadline };
  const dispatcher: Dispatcher = new Dispatcher(code, deployment, clock, {
    answered(request, late, slot, query) {
      const asked = queries.get(request)!;
      const group = groupOf(dispatcher.groups.group[slot]!);
      const [values, source] = outputOf(slot, group, query, late);
      asked.answer(values, source);
      queries.delete(request);
      answered?.(clock.now - asked.began, source);
      if (draining && queries.size === 0) drained();
    },
    finished: (_slot, group) => groups.delete(group),
    worked() {},
  });
  clock.dispatcher = dispatcher;

  /** The answer to a query: its own, or what its part can be decoded to. */
  const outputOf = (
    slot: number,
    group: Group,
    query: number,
    late: boolean,
  ): [ArrayLike<number> | undefined, Source] => {
    const own = code.tasks.findIndex((task, index) => task.query === query && group.answers.has(index));
    const values = group.answers.get(own >= 0 ? own : code.tasks.length + query);
    if (values) return [values, 'own'];
    const part = partOf(query);
    if (!group.decoded.has(part)) group.decoded.set(part, decoded(slot, group, part));
    const outputs = group.decoded.get(part);
    const place = (query - part.firstQuery) * m;
    const row = outputs?.subarray(place, place + m);
    return row && !row.some(Number.isNaN) ? [row, late ? 'late' : 'decoded'] : [undefined, 'none'];
  };
  const decoded = (slot: number, group: Group, part: DecodedPart): Float32Array | undefined => {
    const survivors = survivorsOf(deployed, part, new Set(group.answers.keys()));
    if (survivors.length === 0) return undefined;
    const { batch, prepared } = codedOf(slot, group, part);
    const answers = new Float64Array(part.codec.encoder.N * m);
    const answer = answerOf(deployed, part, group.answers);
    for (const worker of survivors) answers.set(answer(worker)!, worker * m);
    const given = { answers, m, encoding: prepared.encoding, batch };
    const outputs = decodePart(part, survivors, given, () => randomStream('serve', 'decode'));
    return outputs && Float32Array.from(outputs);
  };

  return {
    ready: () => !draining,
    get underWay() {
      return queries.size;
    },
    get tasks() {
      return dispatcher.tasks;
    },
    get failures() {
      return clock.failures;
    },
    async infer(points, count) {
      if (draining) throw new HttpRefusal(503, 'the server is being stopped');
      if (count > most)
        throw new HttpRefusal(413, `${count} queries in one request; at most ${most}: send fewer at a time`);
      if (queries.size + count > most)
        throw new HttpRefusal(503, `${queries.size} queries are under way, of ${most} at most; try again later`);
      const values = new Float32Array(count * m);
      const sources: Record<Source, number> = { own: 0, decoded: 0, late: 0, none: 0 };
      const all = Array.from({ length: count }, (_, place) => {
        const request = numbers++ % 2 ** 31;
        return new Promise<void>((resolve) => {
          queries.set(request, {
            point: points.slice(place * D, (place + 1) * D),
            began: clock.now,
            answer(row, source) {
              sources[source]++;
              if (row) values.set(Float32Array.from(row), place * m);
              resolve();
            },
          });
          dispatcher.arriveSingle(request);
        });
      });
      await Promise.all(all);
      const { none, ...parameters } = sources;
      if (none > 0) throw new HttpRefusal(503, `no answer came for ${none} of ${count} queries`);
      return { values, parameters };
    },
    async drain() {
      draining = true;
      dispatcher.drain();
      if (queries.size > 0)
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      await clock.settle();
    },
  };
}

/** Queries as a batch. A shape of three axes is that of an image. */
function batchOf(points: Float32Array, K: number, D: number, shape: readonly number[]): Batch {
  return { points, K, D, ...(shape.length === 3 && { shape }), gram: () => gramMatrix(points, K, D) };
}

/** [N] points of D numbers. */
function codedPoints({ N }: Encoder, { encoding, copies, parts }: PreparedEncoding, { points, D }: Batch) {
  const made: Float32Array[] = Array.from({ length: N }, () => new Float32Array(0));
  for (const { worker, query } of copies) made[worker] = points.subarray(query * D, (query + 1) * D);
  for (const { workers, rows } of parts) {
    const coded = new Float32Array(workers.length * D);
    encodePoints(rows, points, D, coded);
    workers.forEach((worker, place) => {
      made[worker] = encoding.points?.get(worker) ?? coded.subarray(place * D, (place + 1) * D);
    });
  }
  return made;
}
