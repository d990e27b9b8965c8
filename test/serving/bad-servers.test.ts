import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openRemote } from '../../src/protocol/client.ts';
import { jointCode, plainCode } from '../../src/serving/code.ts';
import type { Deployment } from '../../src/serving/deployment.ts';
import { serveLive } from '../../src/serving/live.ts';

/** How a server answers inference: right, or in one of the ways in which servers fail. */
type Manner = 'right' | 'hangs' | 'dies' | '500' | 'garbage' | 'NaN' | 'shape' | 'late';

/** A server of one model [-1, 2] -> [-1, 1] that answers in a manner, and counts its sockets and requests under way. */
async function badServer(manner: Manner) {
  const sockets = new Set<Socket>();
  const counts = { mostSockets: 0, open: 0, mostOpen: 0, asked: 0 };
  const tensor = (name: string, shape: number[]) => ({ name, datatype: 'FP32', shape });
  const metadata = {
    name: 'm',
    versions: ['1'],
    platform: 't',
    inputs: [tensor('x', [-1, 2])],
    outputs: [tensor('y', [-1, 1])],
  };
  const json = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const answer = (response: ServerResponse, data: unknown[], shape = [1, 1]) =>
    json(response, 200, { model_name: 'm', outputs: [{ name: 'y', datatype: 'FP32', shape, data }] });
  const infer: Record<Manner, (response: ServerResponse) => void> = {
    right: (response) => answer(response, [1]),
    hangs() {},
    dies: (response) => response.socket!.destroy(),
    '500': (response) => json(response, 500, { error: 'out of memory' }),
    garbage: (response) => json(response, 200, '{"outputs": [oops'),
    NaN: (response) => answer(response, [null]),
    shape: (response) => answer(response, [1, 2], [1, 2]),
    late: (response) => void setTimeout(() => answer(response, [1]), 300),
  };
  const server = createServer((request: IncomingMessage, response) => {
    if (request.url === '/v2') return json(response, 200, { name: 's', version: '1', extensions: [] });
    if (request.method === 'GET') return json(response, 200, metadata);
    counts.asked++;
    counts.mostOpen = Math.max(counts.mostOpen, ++counts.open);
    response.once('close', () => counts.open--);
    request.resume().once('end', () => infer[manner](response));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    counts.mostSockets = Math.max(counts.mostSockets, sockets.size);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    counts,
    sockets,
    url: `http://127.0.0.1:${port}/v2/models/m`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const arrivals = Float64Array.from({ length: 20 }, (_, i) => 0.015 * i);
const deployment: Deployment = { pools: [4], dispatch: 'own', cancel: 'queued' };
const point = new Float32Array(2);

/** Three right servers and one that is not. */
async function serve(manner: Manner, code = jointCode(3, 4, 3), deadline = 20) {
  const servers = await Promise.all((['right', 'right', 'right', manner] as const).map(badServer));
  const remotes = await Promise.all(servers.map(({ url }) => openRemote(url, { connections: 1, timeout: 5 })));
  const answered: number[] = [];
  let cutOff = 0;
  const run = await serveLive(
    code,
    { ...deployment, deadline },
    { arrivals },
    { remotes, dilation: 1, point: () => point },
    (clock) => ({
      answered(request, late) {
        answered.push(clock.now - arrivals[request]!);
        if (late) cutOff++;
      },
      finished() {},
      worked() {},
    }),
  );
  await Promise.all(remotes.map((remote) => remote.close()));
  // a closed socket is seen at the server a moment later
  for (let i = 0; i < 100 && servers.some(({ sockets }) => sockets.size > 0); i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const left = servers.map(({ sockets }) => sockets.size);
  for (const server of servers) server.close();
  return { run, answered, cutOff, left, bad: servers[3]!.counts };
}

describe('servers that fail', () => {
  const manners: Manner[] = ['hangs', 'dies', '500', 'garbage', 'NaN', 'shape', 'late'];
  it.each(manners)(
    '%s: a code answers everything in time, one request at a time, and no socket stays',
    async (manner) => {
      const { run, answered, cutOff, left, bad } = await serve(manner);
      expect(answered).toHaveLength(20);
      expect(cutOff).toBe(0);
      expect(bad.asked).toBeGreaterThan(0);
      expect(bad.mostOpen).toBe(1);
      expect(bad.mostSockets).toBeLessThanOrEqual(2); // a new one may be opened before the old one is seen to be closed
      expect(left).toEqual([0, 0, 0, 0]);
      if (manner !== 'hangs' && manner !== 'late') expect(run.failures).toBeGreaterThan(0);
    },
  );

  it.each(['hangs', '500'] as const)(
    '%s: without a code what is missing is said, at the deadline at the latest',
    async (manner) => {
      const { answered, cutOff } = await serve(manner, plainCode(4), 0.25);
      expect(answered).toHaveLength(20);
      expect(cutOff).toBeGreaterThan(0);
      expect(Math.max(...answered)).toBeLessThan(5);
    },
  );

  it('a server that refuses at once does not swallow what others could do', async () => {
    const servers = await Promise.all((['right', 'right', '500'] as const).map(badServer));
    const remotes = await Promise.all(servers.map(({ url }) => openRemote(url, { connections: 1 })));
    let cutOff = 0;
    const shared: Deployment = { pools: [3], dispatch: 'shared', cancel: 'queued' };
    await serveLive(plainCode(1), shared, { arrivals }, { remotes, dilation: 1, point: () => point }, () => ({
      answered(_request, late) {
        if (late) cutOff++;
      },
      finished() {},
      worked() {},
    }));
    await Promise.all(remotes.map((remote) => remote.close()));
    for (const server of servers) server.close();
    // it takes a task every tenth of a second at most
    expect(cutOff).toBeGreaterThan(0);
    expect(cutOff).toBeLessThanOrEqual(8);
  });
});
