import type { Batch, Codec, Encoding, Received } from '../codecs/codec.ts';
import { composeCodec } from '../codecs/compose.ts';
import { encode } from '../codecs/encoder.ts';
import { protocolVersion } from '../external/external.ts';
import { outsideScheme, schemes } from '../external/registry.ts';
import type { Message, WireArray } from '../external/wire.ts';
import { encodePoints } from '../math/gemm.ts';
import { DecodeFailure, UserError } from '../util/errors.ts';
import { randomStream } from '../util/random.ts';
import { gramMatrix } from './draw.ts';
import { parseEntries } from './entries.ts';
import { locate } from './locate.ts';
import { workersOf } from './worker-counts.ts';

/** Codecs that are kept at a time. */
const keptCodecs = 16;

/**
 * The codecs of approxifer for other programs, by messages (docs/how-to/codecs-from-python.md). An answer has the `id` of its request.
 */
export function codecService(): (request: Message) => Message {
  const kept = new Map<string, Codec>();
  const codecOf = (header: Message['header']): Codec => {
    const { scheme, K, N, options } = header;
    const key = JSON.stringify([scheme, K, N, options]);
    const codec = kept.get(key) ?? openCodec(String(scheme), whole('K', K), whole('N', N), Object(options ?? {}));
    if (kept.size === keptCodecs && !kept.has(key)) kept.delete(kept.keys().next().value!);
    kept.set(key, codec);
    return codec;
  };
  return ({ header, arrays }) => {
    try {
      const answer = answerTo(String(header.type), { header, arrays }, codecOf);
      return { header: { ...answer.header, id: header.id }, arrays: answer.arrays };
    } catch (error) {
      const known = error instanceof DecodeFailure || error instanceof UserError || error instanceof RangeError;
      if (!known) throw error;
      const kind = error instanceof DecodeFailure ? 'failure' : 'wrong';
      return { header: { type: 'error', kind, message: error.message, id: header.id }, arrays: {} };
    }
  };
}

function answerTo(type: string, request: Message, codecOf: (header: Message['header']) => Codec): Message {
  if (type === 'hello') {
    const names = schemes.names.filter((name) => !outsideScheme(name));
    return { header: { type, protocol: protocolVersion, name: 'approxifer', schemes: names }, arrays: {} };
  }
  if (type === 'encode') return encoded(codecOf(request.header), request.arrays);
  if (type === 'decoding-matrix') return decodingMatrix(codecOf(request.header), request.arrays);
  if (type === 'decode' || type === 'locate') return decoded(codecOf(request.header), request, type === 'locate');
  throw new UserError(`the codec server does not know ${JSON.stringify(type)}`);
}

/** @throws UserError for a scheme, options or a number of workers that are wrong */
function openCodec(name: string, K: number, N: number, options: object): Codec {
  if (outsideScheme(name)) throw new UserError(`${name} is no codec of approxifer itself`);
  const [entry, second] = parseEntries([{ [name]: options }]);
  if (second || entry!.tune) throw new UserError('a codec has one λ_enc and one λ_dec: lists and tune are for configs');
  const workers = workersOf(entry!, entry!.options, { K, N, E: 0 }, true);
  if (workers !== N) throw new UserError(`${name} has N = ${workers} workers for K = ${K}, not ${N}`);
  return composeCodec(schemes.get(name), entry!.options, entry!.combination, K, N);
}

function encoded({ encoder }: Codec, { queries }: Message['arrays']): Message {
  const { K, N } = encoder;
  const batch = batchOf(K, queries);
  const encoding = encode(encoder, batch);
  const matrix = { shape: [N, K], data: encoding.matrix.data };
  if (!queries) return { header: { type: 'encoded' }, arrays: { matrix } };
  const points = new Float32Array(N * batch.D);
  encodePoints(encoding.matrix, batch.points, batch.D, points);
  for (const [worker, point] of encoding.points ?? []) points.set(point, worker * batch.D);
  return { header: { type: 'encoded' }, arrays: { matrix, points: { shape: [N, batch.D], data: points } } };
}

function decodingMatrix({ encoder: { K, N, order }, decoder }: Codec, arrays: Message['arrays']): Message {
  // with an order of the queries the rows would be another query's in each batch
  if (order || !('decodingMatrix' in decoder) || typeof decoder.decodingMatrix !== 'function')
    throw new UserError('this codec has no decoding matrix that serves every batch; decode');
  const survivors = survivorsOf(arrays, N);
  const { data } = decoder.decodingMatrix(survivors) as { data: Float64Array };
  return { header: { type: 'decoded' }, arrays: { matrix: { shape: [K, survivors.length], data } } };
}

function decoded({ encoder, decoder, locator }: Codec, { header, arrays }: Message, onlyLocate: boolean): Message {
  const { K, N } = encoder;
  const survivors = survivorsOf(arrays, N);
  const given = arrays.answers;
  const [rows, m = 0] = given?.shape ?? [];
  if (given?.shape.length !== 2 || rows !== survivors.length || m === 0)
    throw new UserError(`answers have the shape [${given?.shape.join(', ')}]; right is [${survivors.length}, m]`);
  if (onlyLocate && !locator)
    throw new UserError('this codec has no locator; give it locator="approxifer" or "kriging"');
  const answers = new Float64Array(N * m);
  survivors.forEach((worker, i) => {
    answers.set(given.data.subarray(i * m, (i + 1) * m), worker * m);
  });
  const batch = batchOf(K, arrays.queries);
  const encoding: Encoding = encode(encoder, batch);
  const seed = Number(header.seed ?? 0);
  const random = () => randomStream(seed, 'codec server');
  const received: Received = { answers, m, survivors, encoding, batch, E: Number(header.E ?? 0), random };
  const located = locate(locator, received);
  if (onlyLocate) return { header: { type: 'located' }, arrays: { excluded: listOf(located.excluded!) } };
  if (located.received.survivors.length === 0) throw new DecodeFailure('no answer is left to decode from');
  const { outputs, excluded = located.excluded } = decoder.decode(located.received);
  return {
    header: { type: 'decoded' },
    arrays: { outputs: { shape: [K, m], data: outputs }, ...(excluded && { excluded: listOf(excluded) }) },
  };
}

function listOf(workers: Int32Array): WireArray {
  return { shape: [workers.length], data: workers };
}

/** The queries [K, …]; without them, a batch that may not be looked at. */
function batchOf(K: number, queries: WireArray | undefined): Batch {
  const missing = (): never => {
    throw new UserError('this codec looks at the queries; give queries');
  };
  if (!queries) {
    return {
      K,
      D: 0,
      get points() {
        return missing();
      },
      gram: missing,
    };
  }
  const [count = 0, ...shape] = queries.shape;
  const { data: points } = queries;
  if (!(points instanceof Float32Array) || count !== K || shape.length === 0)
    throw new UserError(`queries have the shape [${queries.shape.join(', ')}]; right is [${K}, …] in single precision`);
  const D = points.length / K;
  let gram: ReturnType<typeof gramMatrix> | undefined;
  return {
    points,
    K,
    D,
    shape,
    gram() {
      gram ??= gramMatrix(points, K, D);
      return gram;
    },
  };
}

function survivorsOf({ survivors }: Message['arrays'], N: number): Int32Array {
  const { data, shape } = survivors ?? { data: undefined, shape: [] };
  if (!(data instanceof Int32Array) || shape.length !== 1 || data.length === 0)
    throw new UserError('survivors are the numbers of the workers that answered: at least one, ascending');
  const wrong = data.find((worker, i) => worker < 0 || worker >= N || (i > 0 && worker <= data[i - 1]!));
  if (wrong !== undefined)
    throw new UserError(`survivor ${wrong}: survivors are numbers of workers, 0 to ${N - 1}, ascending`);
  return data;
}

function whole(name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw new UserError(`${name} is ${JSON.stringify(value)}; right is a whole number of at least 1`);
}
