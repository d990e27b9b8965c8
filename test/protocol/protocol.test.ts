import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openModel } from '../../src/models/registry.ts';
import { openRemote } from '../../src/protocol/client.ts';
import { type ServerOptions, startServer } from '../../src/protocol/server.ts';
import { readSummary } from '../../src/results/read.ts';
import { servedModel } from '../../src/serving/model-server.ts';
import { npyBytes } from '../../src/util/npy.ts';
import { randomStream } from '../../src/util/random.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { serve } from '../helpers/server.ts';

const D = 784;
const points = Float32Array.from({ length: 2 * D }, (_, i) => (i % 7) / 7);

async function started(options: Partial<ServerOptions> = {}) {
  const model = await openModel('lenet5-mnist');
  const served = servedModel(model, { server: { name: 'test', version: '0' }, stream: randomStream(1) });
  const server = await startServer(served, { host: '127.0.0.1', port: 0, bodyLimit: 100_000, ...options });
  onTestFinished(async () => {
    await server.close();
    await model.dispose();
  });
  const expected = Float32Array.from(await model.infer(points, 2));
  return { ...server, root: server.url.replace(/\/models.*/, ''), expected };
}

const tensor = (changes: object = {}) => ({
  name: 'input',
  datatype: 'FP32',
  shape: [2, 1, 28, 28],
  data: Array.from(points),
  ...changes,
});
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/infer`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('a model server', () => {
  it('says what it is, as the protocol asks', async () => {
    const { url, root } = await started();
    const get = async (target: string) => (await fetch(target)).json();
    expect(await get(root)).toEqual({ name: 'test', version: '0', extensions: ['binary_tensor_data'] });
    const metadata = await get(url);
    expect(metadata).toMatchObject({
      name: 'lenet5-mnist',
      versions: ['1'],
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 1, 28, 28] }],
      outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 10] }],
    });
    expect(await get(`${url}/versions/1`)).toEqual(metadata);
    for (const path of [`${root}/health/live`, `${root}/health/ready`, `${url}/ready`, `${url}/versions/1/ready`])
      expect((await fetch(path)).status).toBe(200);
  });

  it('answers flat and nested lists, with the id of the request', async () => {
    const { url, expected } = await started();
    const rows = [0, 1].map((i) => [
      Array.from({ length: 28 }, (_, y) => Array.from(points.slice(i * D + y * 28, i * D + (y + 1) * 28))),
    ]);
    for (const data of [Array.from(points), rows]) {
      const answer = (await (await post(url, { id: '42', inputs: [tensor({ data })] })).json()) as Record<
        string,
        unknown
      >;
      expect(answer).toMatchObject({
        model_name: 'lenet5-mnist',
        model_version: '1',
        id: '42',
        outputs: [{ name: 'output', shape: [2, 10], datatype: 'FP32', data: Array.from(expected) }],
      });
    }
  });

  it.each([
    ['no JSON', '{', 400, /not JSON/],
    ['a list', [], 400, /no JSON object/],
    ['lists 50,000 deep', `{"inputs":[{"data":${'['.repeat(5e4)}`, 400, /nested more than 64 levels deep/],
    ['no inputs', {}, 400, /no inputs/],
    ['two inputs', { inputs: [tensor(), tensor()] }, 400, /2 inputs/],
    ['another name', { inputs: [tensor({ name: 'x' })] }, 400, /unknown input x/],
    ['another type', { inputs: [tensor({ datatype: 'INT8' })] }, 400, /INT8, expected FP32/],
    ['another shape', { inputs: [tensor({ shape: [2, 784] })] }, 400, /expected \[-1,1,28,28\]/],
    ['too few numbers', { inputs: [tensor({ data: [1] })] }, 400, /1 numbers for shape/],
    ['no numbers', { inputs: [tensor({ data: ['a', ...Array.from(points).slice(1)] })] }, 400, /not finite/],
    ['an unknown output', { inputs: [tensor()], outputs: [{ name: 'x' }] }, 400, /unknown output x/],
  ])('refuses %s in one line', async (_, body, status, message) => {
    const { url } = await started();
    const answer = await post(url, body);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: string }).error).toMatch(message);
  });

  it('refuses other models, methods, encodings, lengths, and bodies that are too large, packed or not', async () => {
    const { url, root } = await started();
    const status = async (response: Promise<Response>) => (await response).status;
    expect(await status(fetch(`${root}/models/nope`))).toBe(404);
    expect(await status(fetch(`${url}/versions/2`))).toBe(404);
    expect(await status(fetch(`${root}/models/%zz`))).toBe(404);
    expect(await status(fetch(`${url}/infer`))).toBe(405);
    expect(await status(post(url, {}, { 'content-encoding': 'br' }))).toBe(415);
    expect(await status(post(url, {}, { 'inference-header-content-length': '99' }))).toBe(400);
    expect(await status(post(url, 'x'.repeat(200_000)))).toBe(413);
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const packed = fetch(`${url}/infer`, { method: 'POST', body: bomb, headers: { 'content-encoding': 'gzip' } });
    expect(await status(packed)).toBe(413);
  });

  it('asks for its token, but for its health', async () => {
    const { root } = await started({ token: 'secret' });
    const status = async (init?: RequestInit) => (await fetch(root, init)).status;
    expect([await status(), await status({ headers: { authorization: 'Bearer secret' } })]).toEqual([401, 200]);
    expect((await fetch(`${root}/health/live`)).status).toBe(200);
  });
});

describe('a client', () => {
  it('gets the same doubles by raw bytes and compressed', async () => {
    const { url, expected } = await started();
    for (const compressed of [false, true]) {
      const remote = await openRemote(url, { compressed });
      expect(remote).toMatchObject({ binary: true, inputShape: [1, 28, 28], outputs: 10 });
      expect(await remote.infer(points, 2)).toEqual(expected);
      await remote.close();
    }
  });

  /** A server that knows the metadata and answers `infer` as told. */
  async function answering(
    answer: (url: string) => { status?: number; body: string; pause?: number } | undefined,
    { extensions = [], timeout = 1 }: { extensions?: string[]; timeout?: number } = {},
  ) {
    const { url } = await serve((request, response) => {
      const path = request.url!;
      const metadata = {
        name: 'm',
        inputs: [{ name: 'a', datatype: 'FP32', shape: [-1, 2] }],
        outputs: [{ name: 'b', datatype: 'FP32', shape: [-1, 3] }],
      };
      if (path === '/v2') response.end(JSON.stringify({ name: 's', version: '1', extensions }));
      else if (path === '/v2/models/m') response.end(JSON.stringify(metadata));
      else {
        const told = answer(path);
        if (told?.pause) trickle(response, told.body, told.pause);
        else if (told) response.writeHead(told.status ?? 200).end(told.body);
        else response.destroy();
      }
    });
    const remote = await openRemote(url.replace('/file', '/v2/models/m'), { timeout });
    onTestFinished(() => remote.close());
    return remote;
  }
  const output = (changes: object) =>
    JSON.stringify({ outputs: [{ name: 'b', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3], ...changes }] });

  it('speaks JSON to a server without the extension', async () => {
    const remote = await answering(() => ({ body: output({}) }));
    expect(remote.binary).toBe(false);
    expect([...(await remote.infer(Float32Array.of(1, 2), 1))]).toEqual([1, 2, 3]);
  });

  it.each([
    ['a dead connection', undefined, /does not answer/],
    ['a 500', { status: 500, body: '{"error":"out of memory"}' }, /500 out of memory/],
    ['garbage', { body: 'garbage' }, /not JSON/],
    ['lists 200,000 deep', { body: output({}).replace('[1,2,3]', '['.repeat(2e5)) }, /nested more than 64 levels deep/],
    ['no outputs', { body: '{}' }, /no outputs/],
    ['another shape', { body: output({ shape: [3] }) }, /shape \[3\], not \[1,3\]/],
    ['too few numbers', { body: output({ data: [1] }) }, /1 numbers for shape/],
    ['NaN', { body: output({ data: [1, null, 3] }) }, /not finite/],
  ])('takes %s for no answer', async (_, told, message) => {
    const remote = await answering(() => told);
    await expect(remote.infer(Float32Array.of(1, 2), 1)).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringMatching(message),
    });
  });

  it('does not wait for ever for an answer that trickles', async () => {
    const remote = await answering(() => ({ body: output({}), pause: 50 }), { timeout: 0.3 });
    await expect(remote.infer(Float32Array.of(1, 2), 1)).rejects.toThrow(/is not done with its answer after 3 s/);
  });

  it.each([
    ['nonsense', /is no address/],
    ['http://127.0.0.1:1/x', /no address of a model/],
    ['ftp://127.0.0.1/v2/models/m', /no address of a model/],
  ])('refuses %s as an address', async (url, message) => {
    await expect(openRemote(url)).rejects.toThrow(message);
  });

  it('is a model of any config', async () => {
    const { url, expected } = await started();
    const model = await openModel({ endpoint: url });
    expect(model).toMatchObject({ name: 'lenet5-mnist', outputs: 10, runtime: 'Open Inference Protocol, test 0' });
    expect(await model.infer(points, 2)).toEqual(expected);
    await model.dispose();
  });
});

/** Sends a byte at a time, `pause` milliseconds apart. */
function trickle(response: ServerResponse, body: string, pause: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (response.destroyed || at === body.length) clearInterval(timer);
    response.write(body.slice(at, ++at));
  }, pause);
}

it.each([
  ['inputs without a tensor', { inputs: [null] }, /an input without a name/],
  ['a name that is none', { name: { of: 'm' } }, /names itself with what is no name/],
  ['a name without an end', { name: 'm'.repeat(1000) }, /names itself with what is no name/],
  ['axes that are lists', { outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, [2]] }] }, /all axes but the first/],
])('a model that describes itself with %s is refused', async (_, changes, message) => {
  const tensor = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
  const model = { name: 'm', inputs: [tensor], outputs: [tensor], ...changes };
  const { url } = await serve((request, response) =>
    response.end(JSON.stringify(request.url === '/v2' ? { name: 's', version: '1' } : model)),
  );
  await expect(openRemote(`${new URL(url).origin}/v2/models/m`)).rejects.toThrow(message);
});

it('takes what a server answers now, not what it answered before; a name that would act on a terminal is refused', async () => {
  let factor = 1;
  let name = 'm';
  const { url } = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const tensor = (of: string, shape: number[]) => [{ name: of, datatype: 'FP32', shape }];
      const told = request.url!.endsWith('/infer')
        ? answersTo(JSON.parse(Buffer.concat(chunks).toString()).inputs[0])
        : request.url!.endsWith('/v2')
          ? { name: 'server', version: '1', extensions: [] }
          : { name, inputs: tensor('x', [-1, 1, 28, 28]), outputs: tensor('y', [-1, 3]) };
      response.end(JSON.stringify(told));
    });
  });
  const answersTo = ({ shape, data }: { shape: number[]; data: number[] }) => ({
    outputs: [
      {
        ...{ name: 'y', datatype: 'FP32', shape: [shape[0], 3] },
        data: Array.from(
          { length: 3 * shape[0]! },
          (_, i) => factor * (data[784 * Math.floor(i / 3) + 400 + (i % 3)]! + i),
        ),
      },
    ],
  });
  const folder = temporaryFolder();
  const endpoint = `${new URL(url).origin}/v2/models/m`;
  writeFileSync(
    path.join(folder, 'x.npy'),
    npyBytes(
      [20, 1, 28, 28],
      Float32Array.from({ length: 20 * D }, (_, i) => (i % 97) / 97),
    ),
  );
  const run = async (out: string) => {
    const config = {
      name: 'e',
      model: { endpoint },
      dataset: { npy: 'x.npy' },
      K: 2,
      N: 4,
      S: 1,
      trials: 2,
      schemes: ['bacc'],
    };
    writeFileSync(path.join(folder, 'c.yaml'), JSON.stringify(config));
    const { code, stderr } = await cli(
      'run',
      path.join(folder, 'c.yaml'),
      '--out',
      path.join(folder, out),
      '--jobs',
      '1',
    );
    return code === 0 ? readSummary(path.join(folder, out))[0]!.metrics.get('mse')!.mean : stderr;
  };
  const before = await run('a');
  factor = 3;
  expect(Number(await run('b')) / Number(before)).toBeCloseTo(9, 3);
  name = 'm\u001b[31m';
  expect(await run('c')).toMatch(/names itself with U\+001B, a control character/);
});

it('loads undici only where a model is remote', () => {
  const source = readFileSync(new URL('../../src/models/registry.ts', import.meta.url), 'utf8');
  expect(source).not.toMatch(/^import .*endpoint/m);
});
