import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/protocol/server.ts';

/**
 * The rules of the published description of the protocol (kserve/open-inference-protocol, open_inference_rest.yaml and
 * inference_rest.md) and of the binary tensor extension, as cases of our own. The model is f(x) = 2 x of two numbers.
 */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer(
    {
      server: { name: 's', version: '1' },
      name: 'm',
      platform: 'test',
      inputShape: [2],
      outputs: 2,
      ready: () => true,
      infer: async (points) => ({ values: points.map((x) => 2 * x) }),
    },
    { host: '127.0.0.1', port: 0, bodyLimit: 10_000 },
  );
});
afterAll(() => server.close());

const ask = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), init);
const input = { name: 'input', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] };
const infer = (body: object | string, headers: Record<string, string> = {}) =>
  ask('/v2/models/m/infer', {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const output = { name: 'output', shape: [2, 2], datatype: 'FP32', data: [2, 4, 6, 8] };

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;
const text = (value: unknown) => typeof value === 'string';
const listOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
/** An object whose required members are of their types. */
const objectWith = (members: Shape) => (value: unknown) =>
  Object.entries(members).every(([name, is]) => is((Object(value) as Record<string, unknown>)[name]));
const tensorInfo = { name: text, datatype: text, shape: listOf(Number.isInteger) };

const schemas = {
  serverMetadata: objectWith({ name: text, version: text, extensions: listOf(text) }),
  modelMetadata: objectWith({
    ...{ name: text, platform: text, versions: listOf(text) },
    inputs: listOf(objectWith(tensorInfo)),
    outputs: listOf(objectWith(tensorInfo)),
  }),
  modelReady: objectWith({ name: text, ready: (value) => value === true }),
  inference: objectWith({
    model_name: text,
    outputs: listOf(objectWith({ ...tensorInfo, data: listOf(Number.isFinite) })),
  }),
  error: objectWith({ error: (value) => text(value) && value !== '' && !String(value).includes('\n') }),
};

describe('what every endpoint answers', () => {
  it.each([
    ['/v2', schemas.serverMetadata],
    ['/v2/', schemas.serverMetadata],
    ['/v2/models/m', schemas.modelMetadata],
    ['/v2/models/m/versions/1', schemas.modelMetadata],
    ['/v2/models/m/ready', schemas.modelReady],
    ['/v2/models/m/versions/1/ready', schemas.modelReady],
    ['/v2/health/live', objectWith({})],
    ['/v2/health/ready', objectWith({})],
  ])('%s is JSON of the described form', async (path, schema) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(schema(await answer.json())).toBe(true);
  });

  it.each([
    ['/v2/models/other', 404],
    ['/v2/models/m/versions/2', 404],
    ['/v2/models/m/versions/2/ready', 404],
    ['/v2/models/m/nothing', 404],
    ['/v2/models', 404],
    ['/v1/models/m', 404],
    ['/', 404],
  ])('%s is refused with an error object', async (path, status) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
    expect(schemas.error(await answer.json())).toBe(true);
  });

  it.each([
    ['GET', '/v2/models/m/infer'],
    ['PUT', '/v2/models/m/infer'],
    ['POST', '/v2/models/m'],
    ['POST', '/v2'],
    ['DELETE', '/v2/health/ready'],
  ])('%s %s is another verb than the described one', async (method, path) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(path.endsWith('infer') ? 'POST' : 'GET, HEAD');
    expect(schemas.error(await answer.json())).toBe(true);
  });

  it('a path that takes nothing is a 404, whatever the verb', async () => {
    expect((await ask('/nothing', { method: 'POST' })).status).toBe(404);
  });

  it('an inference to a model or version that is not there is a 404', async () => {
    for (const path of ['/v2/models/other/infer', '/v2/models/m/versions/2/infer'])
      expect((await ask(path, { method: 'POST', body: JSON.stringify({ inputs: [input] }) })).status).toBe(404);
  });
});

describe('requests that the description allows', () => {
  it.each([
    ['the least there is', {}, {}],
    ['an id, which comes back', { id: '42' }, { id: '42' }],
    ['an empty id', { id: '' }, { id: '' }],
    ['parameters that nobody knows', { parameters: { a: 1, b: 'x', c: true } }, {}],
    ['its output asked for', { outputs: [{ name: 'output' }] }, {}],
    ['an output with parameters', { outputs: [{ name: 'output', parameters: { a: 1 } }] }, {}],
    ['no output named', { outputs: [] }, {}],
    ['input parameters', { inputs: [{ ...input, parameters: { a: 1 } }] }, {}],
    ['nested numbers', { inputs: [{ ...input, data: [[1, 2], [3, 4]] }] }, {}], // biome-ignore format: a matrix
    ['members that nobody knows', { whatever: [1] }, {}],
  ])('%s', async (_, changes, answered) => {
    const answer = await infer({ inputs: [input], ...changes });
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(schemas.inference(body)).toBe(true);
    expect(body).toEqual({ model_name: 'm', model_version: '1', ...answered, outputs: [output] });
  });
});

describe('requests that it does not allow', () => {
  const changed = (changes: object) => ({ inputs: [{ ...input, ...changes }] });
  it.each<[string, unknown, RegExp]>([
    ['an id that is a number', { inputs: [input], id: 42 }, /id is not a string/],
    ['parameters that are a list', { inputs: [input], parameters: [1] }, /parameters is not an object/],
    ['outputs that are an object', { inputs: [input], outputs: { name: 'output' } }, /outputs is not a list/],
    ['a second output', { inputs: [input], outputs: [{ name: 'output' }, { name: 'x' }] }, /unknown output x/],
    ['an output without a name', { inputs: [input], outputs: [{}] }, /unknown output undefined/],
    ['inputs that are an object', { inputs: input }, /no inputs/],
    ['an empty list of inputs', { inputs: [] }, /0 inputs/],
    ['an input that is a number', { inputs: [7] }, /input without a name/],
    ['an input without a name', changed({ name: undefined }), /input without a name/],
    ['an input without a type', changed({ datatype: undefined }), /datatype undefined, expected FP32/],
    ...['BOOL', 'UINT8', 'INT64', 'FP16', 'FP64', 'BYTES', 'fp32'].map((datatype): [string, unknown, RegExp] => [
      `datatype ${datatype}`,
      changed({ datatype }),
      /expected FP32/,
    ]),
    ['an input without a shape', changed({ shape: undefined }), /no list of whole numbers/],
    ['a negative dimension', changed({ shape: [-1, 2] }), /no list of whole numbers/],
    ['a fraction as a dimension', changed({ shape: [1.5, 2] }), /no list of whole numbers/],
    ['a batch of none', changed({ shape: [0, 2], data: [] }), /expected \[-1,2\]/],
    ['an axis too many', changed({ shape: [2, 2, 1] }), /expected \[-1,2\]/],
    ['a number too few', changed({ data: [1, 2, 3] }), /3 numbers for shape \[2,2\]/],
    ['a number too many', changed({ data: [1, 2, 3, 4, 5] }), /5 numbers for shape \[2,2\]/],
    ['no data', changed({ data: undefined }), /0 numbers/],
    ['a boolean among the numbers', changed({ data: [1, 2, 3, true] }), /not finite/],
    ['more than single precision holds', changed({ data: [1, 2, 3, 1e39] }), /not finite/],
    ['an empty body', '', /not JSON/],
    ['null', 'null', /no JSON object/],
  ])('%s', async (_, body, message) => {
    const answer = await infer(body as object | string);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json']);
    const { error } = (await answer.json()) as { error: string };
    expect(error).toMatch(message);
    expect(schemas.error({ error })).toBe(true);
  });
});

/** A body of the binary tensor extension. */
function binaryBody(message: object, raw: Uint8Array) {
  const head = Buffer.from(JSON.stringify(message));
  return { body: Buffer.concat([head, raw]), length: String(head.length) };
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const rawInput = (size: number) => {
  const { data: _, ...described } = input;
  return { ...described, parameters: { binary_data_size: size } };
};

describe('the binary tensor extension', () => {
  const post = (body: Uint8Array, headers: Record<string, string>) =>
    ask('/v2/models/m/infer', { method: 'POST', body: new Uint8Array(body), headers });

  it('takes raw numbers and answers in JSON unless it is asked', async () => {
    const { body, length } = binaryBody({ inputs: [rawInput(16)] }, floats(1, 2, 3, 4));
    const answer = await post(body, { 'Inference-Header-Content-Length': length });
    expect(await answer.json()).toMatchObject({ outputs: [output] });
    expect(answer.headers.get('inference-header-content-length')).toBeNull();
  });

  it.each([
    ['by an output', { outputs: [{ name: 'output', parameters: { binary_data: true } }] }, true],
    ['by the request', { parameters: { binary_data_output: true } }, true],
    [
      'the output has the last word',
      { parameters: { binary_data_output: true }, outputs: [{ name: 'output', parameters: { binary_data: false } }] },
      false,
    ],
  ])('raw answers are asked for %s', async (_, changes, raw) => {
    const answer = await infer({ inputs: [input], ...changes });
    const length = answer.headers.get('inference-header-content-length');
    if (!raw) {
      expect([length, await answer.json()]).toMatchObject([null, { outputs: [output] }]);
      return;
    }
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    const body = Buffer.from(await answer.arrayBuffer());
    const [described] = JSON.parse(body.toString('utf8', 0, Number(length))).outputs;
    expect(described).toEqual({ ...output, data: undefined, parameters: { binary_data_size: 16 } });
    expect([...body.subarray(Number(length))]).toEqual([...floats(2, 4, 6, 8)]);
  });

  it.each<[string, number, Uint8Array, string | undefined, RegExp]>([
    ['too few raw bytes', 16, floats(1, 2, 3), undefined, /12 bytes for shape/],
    ['a size that is not the shape', 12, floats(1, 2, 3), undefined, /12 bytes for shape/],
    ['raw bytes that belong to nothing', 16, floats(1, 2, 3, 4, 5), undefined, /20 bytes follow the JSON part/],
    ['a negative size', -16, floats(1, 2, 3, 4), undefined, /16 bytes follow the JSON part; its inputs have 0/],
    ['a header that is no number', 16, floats(1, 2, 3, 4), 'x', /Content-Length x is not within/],
    ['a header that is negative', 16, floats(1, 2, 3, 4), '-1', /Content-Length -1 is not within/],
    ['a header beyond the body', 16, floats(1, 2, 3, 4), '9999', /Content-Length 9999 is not within/],
    ['NaN', 16, floats(1, 2, 3, Number.NaN), undefined, /not finite/],
  ])('%s is refused', async (_, size, raw, header, message) => {
    const { body, length } = binaryBody({ inputs: [rawInput(size)] }, raw);
    const answer = await post(body, { 'inference-header-content-length': header ?? length });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(message);
  });

  it('raw numbers without the header are no JSON', async () => {
    const { body } = binaryBody({ inputs: [rawInput(16)] }, floats(1, 2, 3, 4));
    expect((await post(body, {})).status).toBe(400);
  });
});

/** Says what was written on a connection, and reads what came until it was closed. */
async function exchange(head: string, body: Uint8Array): Promise<{ head: string; body: Buffer }> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(`${head}\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
  await once(socket, 'close');
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  return { head: all.toString('latin1', 0, end), body: all.subarray(end + 4) };
}

describe('recorded exchanges', () => {
  const path = 'POST /v2/models/m/versions/1/infer HTTP/1.1';
  const json = Buffer.from(
    '{"id":"42","inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[0.5,-1]}],"outputs":[{"name":"output"}]}',
  );
  const answered =
    '{"model_name":"m","model_version":"1","id":"42","outputs":[{"name":"output","shape":[1,2],"datatype":"FP32","data":[1,-2]}]}';

  it('JSON', async () => {
    const { head, body } = await exchange(`${path}\r\ncontent-type: application/json`, json);
    expect(head.split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
    expect(head).toContain(`content-length: ${answered.length}`);
    expect(body.toString()).toBe(answered);
  });

  it('raw tensors', async () => {
    const head =
      '{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}';
    const asked = Buffer.concat([Buffer.from(head), Buffer.from('0000003f000080bf', 'hex')]);
    const header = `content-type: application/octet-stream\r\nInference-Header-Content-Length: ${head.length}`;
    const told = await exchange(`${path}\r\n${header}`, asked);
    const json =
      '{"model_name":"m","model_version":"1","outputs":[{"name":"output","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}';
    expect(told.head.toLowerCase()).toContain(`inference-header-content-length: ${json.length}`);
    expect(told.body.toString('latin1', 0, json.length)).toBe(json);
    expect(told.body.subarray(json.length).toString('hex')).toBe('0000803f000000c0');
  });

  it('packed both ways', async () => {
    const packed = (encoding: string, body: Uint8Array) =>
      exchange(`${path}\r\ncontent-encoding: gzip\r\naccept-encoding: ${encoding}`, body);
    const gzip = await packed('gzip', gzipSync(json));
    expect(gzip.head).toContain('content-encoding: gzip');
    expect(gunzipSync(gzip.body).toString()).toBe(answered);
    expect(inflateSync((await packed('deflate', gzipSync(json))).body).toString()).toBe(answered);
    const refused = await packed('identity', Buffer.from('no gzip'));
    expect(refused.head).toContain('HTTP/1.1 400');
    expect(schemas.error(JSON.parse(refused.body.toString()))).toBe(true);
  });
});
