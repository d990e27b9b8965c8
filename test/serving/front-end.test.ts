import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseEntries } from '../../src/coded/entries.ts';
import type { RemoteModel } from '../../src/protocol/client.ts';
import { startServer } from '../../src/protocol/server.ts';
import { deploy } from '../../src/serving/deployed.ts';
import { type FrontEnd, frontEnd } from '../../src/serving/front-end.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** f(x) = [x0 + x1, x0 - x1] */
const f = ([a = 0, b = 0]: ArrayLike<number> & Iterable<number>) => Float32Array.of(a + b, a - b);

const hanging: RemoteModel['infer'] = (_points, _count, options) =>
  new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));

function remote(infer: RemoteModel['infer'] = async (points) => f(points)): RemoteModel {
  return { url: '', name: 'm', server: '', inputShape: [2], outputs: 2, binary: true, infer, close: async () => {} };
}

function front(
  scheme: unknown,
  remotes: RemoteModel[],
  more: { wait?: number; deadline?: number; most?: number } = {},
): FrontEnd {
  const [K, N] = [2, remotes.length];
  const deployed = deploy(parseEntries([scheme])[0]!, { K, N, workers: N, need: 2, single: true });
  return frontEnd({ deployed, remotes, wait: 0.01, most: 100, ...more });
}
const request = { parameters: {}, signal: new AbortController().signal };

describe('a coded front end', () => {
  it('answers queries with what the model says of them, and says how many were decoded', async () => {
    const uncoded = front('uncoded', [remote(), remote(), remote()]);
    const points = Float32Array.of(1, 2, 3, 5);
    expect(await uncoded.infer(points, 2, request)).toEqual({
      values: Float32Array.of(3, -1, 8, -2),
      parameters: { own: 2, decoded: 0, late: 0 },
    });
    const coded = front('kriging', [remote(), remote(), remote()]);
    const { values, parameters } = await coded.infer(points, 2, request);
    expect(parameters).toEqual({ own: 0, decoded: 2, late: 0 });
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values[2]).toBeGreaterThan(values[0]!); // approximate, and in the right order
    // a query alone is computed uncoded after the wait
    expect(await coded.infer(points.subarray(0, 2), 1, request)).toEqual({
      values: Float32Array.of(3, -1),
      parameters: { own: 1, decoded: 0, late: 0 },
    });
    expect([coded.underWay, coded.failures]).toEqual([0, 0]);
    await Promise.all([uncoded.drain(), coded.drain()]);
  });

  it('a parity gives the answer of a server that hangs', async () => {
    // the servers of queries, then that of parities, which here computes f of the sum: right for a linear model
    const coded = front('parm', [remote(), remote(hanging), remote()], { deadline: 5 });
    const { values, parameters } = await coded.infer(Float32Array.of(1, 2, 3, 5), 2, request);
    expect([...values]).toEqual([3, -1, 8, -2]);
    expect(parameters).toEqual({ own: 1, decoded: 1, late: 0 });
    await coded.drain();
  });

  it('marks what is decoded from fewer answers than it waits for', async () => {
    const failing = async () => {
      throw new Error('gone');
    };
    const points = Float32Array.of(1, 2, 3, 5);
    const late = front('kriging', [remote(), remote(hanging), remote(hanging)], { deadline: 0.05 });
    expect((await late.infer(points, 2, request)).parameters).toEqual({ own: 0, decoded: 0, late: 2 });
    const gone = front('kriging', [remote(), remote(failing), remote(failing)]);
    expect((await gone.infer(points, 2, request)).parameters).toEqual({ own: 0, decoded: 0, late: 2 });
    await Promise.all([late.drain(), gone.drain()]);
  });

  it('refuses what is too much, and says when no answer came', async () => {
    const stuck = front('uncoded', [remote(hanging), remote(hanging)], { deadline: 0.05, most: 3 });
    const points = Float32Array.of(1, 2, 3, 5);
    const first = stuck.infer(points, 2, request);
    await expect(stuck.infer(points, 2, request)).rejects.toMatchObject({ status: 503, message: /of 3 at most/ });
    // what could never be taken is not told to try again
    await expect(stuck.infer(new Float32Array(8), 4, request)).rejects.toMatchObject({ status: 413 });
    await expect(first).rejects.toMatchObject({ status: 503, message: /no answer came for 2 of 2 queries/ });
    await stuck.drain();
  });

  it('answers what is under way when it drains, and takes nothing more', async () => {
    const slow = remote(async (points) => new Promise((resolve) => setTimeout(() => resolve(f(points)), 30)));
    const draining = front('kriging', [slow, slow, slow], { wait: 60 });
    const under = draining.infer(Float32Array.of(1, 2), 1, request); // would wait a minute for its group
    const drained = draining.drain();
    await expect(draining.infer(Float32Array.of(1, 2), 1, request)).rejects.toMatchObject({ status: 503 });
    expect((await under).values).toEqual(Float32Array.of(3, -1));
    await drained;
  });
});

describe('approxifer serve', () => {
  it('speaks the protocol, wants its token, counts for Prometheus, and drains at SIGTERM', async () => {
    const infer = async (points: Float32Array, count: number) => ({
      values: Float32Array.from({ length: count * 2 }, (_, i) => f(points.subarray(2 * (i >> 1)))[i % 2]!),
    });
    const backend = { server: { name: 't', version: '0' }, name: 'm', platform: 't', inputShape: [2], outputs: 2 };
    const servers = await Promise.all(
      [0, 1, 2].map(() =>
        startServer({ ...backend, ready: () => true, infer }, { host: '127.0.0.1', port: 0, bodyLimit: 10_000 }),
      ),
    );
    const token = path.join(temporaryFolder(), 'token');
    writeFileSync(token, 'secret\n');
    const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
    const flags = ['--scheme', 'kriging', '--K', '2', '--token-file', token, '--body-limit', '1kB', '--backends'];
    const child = spawn(process.execPath, [launcher, 'serve', ...flags, ...servers.map(({ url }) => url)]);
    try {
      const url = await new Promise<string>((resolve, reject) => {
        createInterface(child.stdout).once('line', resolve);
        child.stderr.once('data', (text) => reject(new Error(String(text))));
      });
      const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
      const ask = (target: string, body?: unknown, own: object = headers) =>
        fetch(new URL(target, url), {
          headers: { ...own },
          ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        });
      expect((await ask('/v2/health/ready', undefined, {})).status).toBe(200);
      expect((await ask('/v2', undefined, {})).status).toBe(401);
      const inputs = [{ name: 'input', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 5] }];
      const answer = await (await ask('/v2/models/m/infer', { inputs })).json();
      expect(answer).toMatchObject({ parameters: { own: 0, decoded: 2, late: 0 }, outputs: [{ shape: [2, 2] }] });
      expect((await ask('/v2/models/m/infer', { inputs, filler: 'x'.repeat(2000) })).status).toBe(413);
      const metrics = await (await ask('/metrics')).text();
      expect(metrics).toContain('approxifer_queries_total{source="decoded"} 2');
      expect(metrics).toContain('approxifer_tasks_failed 0');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await Promise.all(servers.map((server) => server.close()));
    }
  }, 180_000);
});
