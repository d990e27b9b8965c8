import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { deflate, gzip, unzip } from 'node:zlib';
import { EnvironmentError } from '../util/errors.ts';
import {
  binaryExtension,
  type FloatTensor,
  headerLength,
  jsonBody,
  ProtocolError,
  readTensor,
  splitBody,
  tensorBody,
  type WireBody,
} from './messages.ts';

const [gzipped, deflated, unzipped] = [promisify(gzip), promisify(deflate), promisify(unzip)];

/** What a server of the protocol serves: one model. */
export interface ServedModel {
  /** Of the server: stands in its metadata. */
  readonly server: { readonly name: string; readonly version: string };
  readonly name: string;
  readonly platform: string;
  /** Shape of one point. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  /** Whether requests are taken. */
  ready(): boolean;
  /**
   * @param points [count, D]
   * @returns [count, m] and what the answer's `parameters` say
   * @throws HttpRefusal
   */
  infer(points: Float32Array, count: number, request: InferRequest): Promise<InferAnswer>;
}

interface InferRequest {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

interface InferAnswer {
  readonly values: Float32Array;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** An answer that is no 200. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  /** Verbs that would be right; empty where another one is not what was wrong. */
  readonly allow: readonly string[];

  constructor(status: number, message: string, allow: readonly string[] = []) {
    super(message);
    this.status = status;
    this.allow = allow;
  }
}

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Most bytes of a request, unpacked. */
  readonly bodyLimit: number;
  /** Requests have to carry it: `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** Other paths that are answered, such as `/metrics`: text by path. */
  readonly pages?: Readonly<Record<string, () => Promise<WireBody>>>;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no further connection; waits for the requests under way. */
  close(): Promise<void>;
}

/** Starts a server of one model. @throws EnvironmentError when it cannot listen */
export async function startServer(model: ServedModel, options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void answer(model, options, request, response);
  });
  server.keepAliveTimeout = 60_000;
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/v2/models/${encodeURIComponent(model.name)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listening(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new EnvironmentError(`cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen(port, host, resolve);
  });
}

async function answer(model: ServedModel, options: ServerOptions, request: IncomingMessage, response: ServerResponse) {
  // who drains wants no further request on this connection
  if (!model.ready()) response.shouldKeepAlive = false;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    await send(request, response, 200, await reply(model, options, request, gone.signal));
  } catch (error) {
    if (response.headersSent || response.destroyed) return;
    const status = error instanceof HttpRefusal ? error.status : error instanceof ProtocolError ? 400 : 500;
    if (error instanceof HttpRefusal && error.allow.length > 0) response.setHeader('allow', error.allow.join(', '));
    await send(request, response, status, jsonBody({ error: (error as Error).message }));
  }
}

async function reply(
  model: ServedModel,
  options: ServerOptions,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<WireBody> {
  const path = (request.url ?? '/').split('?')[0]!.replace(/\/$/, '');
  const [, name, version, what] =
    /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/.exec(path) ?? [];
  const page = options.pages?.[path];
  const methods = what === 'infer' ? ['POST'] : ['GET', 'HEAD'];
  const isKnown = name !== undefined || page || ['/v2', '/v2/health/live', '/v2/health/ready'].includes(path);
  if (isKnown && !methods.includes(request.method ?? ''))
    throw new HttpRefusal(405, `${path} takes ${methods.join(' and ')}, not ${request.method}`, methods);
  // whether it lives is no secret, and who asks for it has no token as a rule
  if (path === '/v2/health/live') return jsonBody({ live: true });
  if (path === '/v2/health/ready') return readiness(model, {});
  if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
    throw new HttpRefusal(401, 'a token is needed: Authorization: Bearer …');
  if (path === '/v2') return jsonBody({ ...model.server, extensions: [binaryExtension] });
  if (page) return page();
  if (name === undefined) throw new HttpRefusal(404, `no ${path || '/'} here`);
  if (decoded(name) !== model.name || (version ?? '1') !== '1')
    throw new HttpRefusal(
      404,
      `no model ${name}${version === undefined ? '' : ` version ${version}`}; this is ${model.name} version 1`,
    );
  if (what === 'ready') return readiness(model, { name: model.name });
  if (what !== 'infer') return jsonBody(metadata(model));
  return inferred(model, await bodyOf(request, options.bodyLimit), request, signal);
}

/** @returns the text; as it is where its escapes are broken */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readiness(model: ServedModel, of: object): WireBody {
  if (!model.ready()) throw new HttpRefusal(503, 'not ready');
  return jsonBody({ ...of, ready: true });
}

function metadata({ name, platform, inputShape, outputs }: ServedModel) {
  const tensor = (tensorName: string, shape: readonly number[]) => ({ name: tensorName, datatype: 'FP32', shape });
  return {
    name,
    versions: ['1'],
    platform,
    inputs: [tensor('input', [-1, ...inputShape])],
    outputs: [tensor('output', [-1, outputs])],
  };
}

async function inferred(
  model: ServedModel,
  body: Buffer,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<WireBody> {
  const length = request.headers[headerLength];
  const { message, raw } = splitBody(body, length === undefined ? undefined : String(length));
  const { name, shape, values } = readTensor(message.inputs, raw, 'input');
  const [count = 0, ...point] = shape;
  if (name !== 'input') throw new ProtocolError(`unknown input ${name}; the model has "input"`);
  if (count < 1 || String(point) !== String(model.inputShape))
    throw new ProtocolError(`input ${name}: shape [${shape}], expected [-1,${model.inputShape}]`);
  if (!values.every(Number.isFinite)) throw new ProtocolError(`input ${name}: some numbers are not finite`);
  const id = optional(message, 'id', 'a string', (value): value is string => typeof value === 'string');
  const parameters = objectOf(message, 'parameters');
  const outputs = optional(message, 'outputs', 'a list', Array.isArray) ?? [];
  for (const wanted of outputs.map((entry): unknown => Object(entry).name))
    if (wanted !== 'output') throw new ProtocolError(`unknown output ${wanted}; the model has "output"`);
  const [asked = {}] = outputs;
  const binary = objectOf(asked, 'parameters').binary_data ?? parameters.binary_data_output;
  const result = await model.infer(values, count, { parameters, signal });
  const output: FloatTensor = { name: 'output', shape: [count, model.outputs], values: result.values };
  const head = {
    model_name: model.name,
    model_version: '1',
    ...(id !== undefined && { id }),
    ...(result.parameters && { parameters: result.parameters }),
  };
  return tensorBody('outputs', output, head, binary === true);
}

type Json = Readonly<Record<string, unknown>>;

/** A member of a message that need not be there. @throws ProtocolError where it is something else */
function optional<T>(message: Json, name: string, what: string, is: (value: unknown) => value is T): T | undefined {
  const value = message[name];
  if (value === undefined || is(value)) return value;
  throw new ProtocolError(`${name} is not ${what}`);
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectOf(message: Json, name: string): Json {
  return optional(message, name, 'an object', isObject) ?? {};
}

async function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw new HttpRefusal(413, `the body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') throw new HttpRefusal(415, `content-encoding ${encoding}`);
  try {
    return await unzipped(body, { maxOutputLength: limit });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new HttpRefusal(tooLarge ? 413 : 400, `${encoding}: ${(error as Error).message}`);
  }
}

async function send(request: IncomingMessage, response: ServerResponse, status: number, { body, headers }: WireBody) {
  const accepted = /\b(gzip|deflate)\b/.exec(String(request.headers['accept-encoding'] ?? ''))?.[1];
  const packed = accepted === 'gzip' ? await gzipped(body) : accepted === 'deflate' ? await deflated(body) : body;
  response.writeHead(status, {
    ...headers,
    ...(accepted !== undefined && { 'content-encoding': accepted }),
    ...(status === 413 && { connection: 'close' }),
    'content-length': packed.length,
  });
  response.end(packed);
}
