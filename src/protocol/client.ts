import { promisify } from 'node:util';
import { gunzip, gzip, inflate } from 'node:zlib';
import { Pool } from 'undici';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { quoted, unprintableCharacter } from '../util/text.ts';
import { binaryExtension, headerLength, ProtocolError, readTensor, splitBody, tensorBody } from './messages.ts';

const [compress, gunzipped, inflated] = [promisify(gzip), promisify(gunzip), promisify(inflate)];

/** A model on a server. */
export interface RemoteModel {
  /** Where it is: `http://host:port/v2/models/name`. */
  readonly url: string;
  readonly name: string;
  readonly server: string;
  /** Shape of one point. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  /** Tensors cross as raw bytes; otherwise as JSON. */
  readonly binary: boolean;
  /**
   * @param points [count, D]
   * @returns [count, m]
   * @throws EnvironmentError for what is no answer: a refusal, garbage, another shape, numbers that are not finite, silence
   */
  infer(points: Float32Array, count: number, options?: InferOptions): Promise<Float32Array>;
  close(): Promise<void>;
}

interface InferOptions {
  /** Of the request: servers ignore those they do not know. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

export interface RemoteOptions {
  /** Most requests under way: each has a connection of its own. */
  readonly connections?: number;
  /** Seconds of silence after which a request has failed. */
  readonly timeout?: number;
  /** Bodies cross compressed. */
  readonly compressed?: boolean;
}

/** Most bytes of an answer: an honest one is far smaller. */
const mostBytes = 256 * 2 ** 20;

/** How much longer than its longest silence a whole answer may take. */
const patience = 10;

/** Most characters of a name that results are to bear. */
const longestName = 200;

/**
 * Opens a model of a server.
 * @param url `http://host:port/v2/models/name`, with `/versions/n` behind it where one version is meant
 * @throws UserError for an address of another form, and for a model that is not one of FP32 points and outputs [n, m];
 * EnvironmentError when the server does not answer
 */
export async function openRemote(url: string, options: RemoteOptions = {}): Promise<RemoteModel> {
  const { connections = 4, timeout = 30, compressed = false } = options;
  const { origin, root, path, version } = modelAddress(url);
  const milliseconds = 1000 * timeout;
  const longest = patience * timeout;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: milliseconds,
    bodyTimeout: milliseconds,
  });
  const fail = (reason: string, cause?: unknown) => new EnvironmentError(`${url}: ${reason}`, { cause });

  const ask = async (
    target: string,
    init: { body?: Buffer; headers?: Record<string, string>; signal?: AbortSignal },
  ) => {
    const { body, headers, signal } = init;
    try {
      const response = await pool.request({
        path: target,
        method: body ? 'POST' : 'GET',
        headers: headers ?? {},
        ...(body && { body }),
        ...(signal && { signal }),
      });
      const bytes = await readWhole(response.body, longest);
      const encoding = String(response.headers['content-encoding'] ?? 'identity');
      const plain =
        encoding === 'gzip'
          ? await gunzipped(bytes, { maxOutputLength: mostBytes })
          : encoding === 'deflate'
            ? await inflated(bytes, { maxOutputLength: mostBytes })
            : bytes;
      if (response.statusCode !== 200) throw new ProtocolError(`${response.statusCode} ${reasonIn(plain)}`);
      const length = response.headers[headerLength];
      return splitBody(plain, length === undefined ? undefined : String(length));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw fail(
        error instanceof ProtocolError ? error.message : `does not answer (${(error as Error).message})`,
        error,
      );
    }
  };

  try {
    const server = (await ask(root, {})).message;
    const { message: info } = await ask(path, {});
    const { input, output } = contractOf(info, url);
    for (const word of [info.name, server.name, server.version ?? '']) {
      if (typeof word !== 'string' || word.length > longestName) throw fail('names itself with what is no name');
      const character = unprintableCharacter(word);
      if (character !== undefined) throw fail(`names itself with ${character}, a control character`);
    }
    const extensions: unknown[] = Array.isArray(server.extensions) ? server.extensions : [];
    const binary = extensions.includes(binaryExtension);
    const outputs = output.shape.at(-1)!;
    return {
      url,
      name: String(info.name),
      server: `${server.name} ${server.version}${version}`,
      inputShape: input.shape.slice(1),
      outputs,
      binary,
      async infer(points, count, { parameters, signal } = {}) {
        const tensor = { name: input.name, shape: [count, ...input.shape.slice(1)], values: points };
        const asked = { name: output.name, ...(binary && { parameters: { binary_data: true } }) };
        const message = { ...(parameters && { parameters }), outputs: [asked] };
        const { body, headers } = tensorBody('inputs', tensor, message, binary);
        const { message: answer, raw } = await ask(`${path}/infer`, {
          body: compressed ? await compress(body) : body,
          headers: { ...headers, ...(compressed && { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' }) },
          ...(signal && { signal }),
        });
        const { values, shape } = received(() => readTensor(answer.outputs, raw, 'output', output.name), fail);
        if (shape.length !== 2 || shape[0] !== count || shape[1] !== outputs)
          throw fail(`answers ${count} points with shape [${shape}], not [${count},${outputs}]`);
        if (!values.every(Number.isFinite)) throw fail('answers with numbers that are not finite');
        return values;
      },
      close: () => pool.destroy(),
    };
  } catch (error) {
    await pool.destroy();
    throw error;
  }
}

function received<T>(read: () => T, fail: (reason: string, cause?: unknown) => Error): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw fail(error.message, error);
    throw error;
  }
}

/** @param longest seconds that all may take: a server that sends a byte now and then is never silent */
async function readWhole(body: AsyncIterable<Uint8Array>, longest: number): Promise<Buffer> {
  const end = performance.now() + 1000 * longest;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (performance.now() > end) throw new ProtocolError(`is not done with its answer after ${longest} s`);
    if (length > mostBytes) throw new ProtocolError(`answers with more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a refusal says, in one line. */
function reasonIn(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString());
    if (typeof error === 'string') return error.slice(0, 300);
  } catch {}
  return body.toString('utf8', 0, 200).replace(/\s+/g, ' ').trim();
}

function modelAddress(url: string) {
  const form = 'expected http://host:port/v2/models/name';
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UserError(`endpoint ${url} is no address; ${form}`);
  }
  const [, before, , version] = /^(.*)\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?\/?$/.exec(parsed.pathname) ?? [];
  if (!/^https?:$/.test(parsed.protocol) || before === undefined)
    throw new UserError(`endpoint ${url} is no address of a model; ${form}`);
  return {
    origin: parsed.origin,
    root: `${before}/v2`,
    path: parsed.pathname.replace(/\/$/, ''),
    version: version === undefined ? '' : `, version ${version}`,
  };
}

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The only input and output of a model, both of batches of FP32. */
function contractOf(info: Readonly<Record<string, unknown>>, url: string): { input: TensorInfo; output: TensorInfo } {
  const only = (list: unknown, what: 'input' | 'output'): TensorInfo => {
    if (!Array.isArray(list) || list.length !== 1)
      throw new UserError(`${url}: the model has ${Array.isArray(list) ? list.length : 'no'} ${what}s; one is needed`);
    const { name, datatype, shape } = Object(list[0]) as Record<string, unknown>;
    if (typeof name !== 'string') throw new UserError(`${url}: the model has an ${what} without a name`);
    if (datatype !== 'FP32') throw new UserError(`${url}: ${what} ${name} is ${quoted(datatype)}; it must be FP32`);
    const dims = Array.isArray(shape) ? shape.map((dim) => (typeof dim === 'object' ? Number.NaN : Number(dim))) : [];
    if (dims.length < 2 || !dims.slice(1).every((dim) => Number.isInteger(dim) && dim > 0))
      throw new UserError(`${url}: ${what} ${name} has shape ${quoted(shape)}; all axes but the first must be fixed`);
    return { name, shape: dims };
  };
  const [input, output] = [only(info.inputs, 'input'), only(info.outputs, 'output')];
  if (output.shape.length !== 2)
    throw new UserError(`${url}: output ${output.name} has shape [${output.shape}], not [n, m]`);
  return { input, output };
}
