import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../src/models/registry.ts';
import { openRemote, type RemoteModel } from '../../src/protocol/client.ts';
import { startServer } from '../../src/protocol/server.ts';
import { type Code, jointCode, plainCode } from '../../src/serving/code.ts';
import type { Deployment } from '../../src/serving/deployment.ts';
import { serveLive } from '../../src/serving/live.ts';
import { servedModel } from '../../src/serving/model-server.ts';
import { simulate } from '../../src/serving/simulate.ts';
import { EnvironmentError } from '../../src/util/errors.ts';
import { randomField } from '../../src/util/philox.ts';
import { randomStream } from '../../src/util/random.ts';

const field = randomField(1, 'live test');
const load = {
  arrivals: Float64Array.from({ length: 30 }, (_, i) => 0.02 * i),
  service: (group: number, index: number) => 0.002 + 0.006 * field.at(group, index).uniform(),
};

async function live(code: Code, deployment: Deployment, remotes: readonly RemoteModel[], timed = true) {
  const answered = new Map<number, boolean>();
  const latencies: number[] = [];
  let answers = 0;
  const point = new Float32Array(784);
  const options = {
    remotes,
    dilation: 1,
    point: () => point,
    answer: () => {
      answers++;
    },
  };
  const given = timed ? load : { arrivals: load.arrivals };
  const run = await serveLive(code, deployment, given, options, (clock) => ({
    answered(request, cutOff) {
      expect(answered.has(request)).toBe(false);
      answered.set(request, cutOff);
      latencies.push(clock.now - load.arrivals[request]!);
    },
    finished() {},
    worked() {},
  }));
  expect(answered.size).toBe(load.arrivals.length);
  return { ...run, answers, cutOff: [...answered.values()].filter(Boolean).length, latencies };
}

/** A worker that answers in a millisecond, or as told. */
function fake(infer: (signal?: AbortSignal) => Promise<Float32Array>): RemoteModel {
  const told: RemoteModel['infer'] = (_points, _count, options) => infer(options?.signal);
  return {
    url: '',
    name: 'm',
    server: '',
    inputShape: [784],
    outputs: 1,
    binary: true,
    infer: told,
    close: async () => {},
  };
}
const quick = () => fake(async () => new Promise((resolve) => setTimeout(() => resolve(new Float32Array(1)), 1)));
const broken = () => fake(() => Promise.reject(new EnvironmentError('answers with numbers that are not finite')));
const hanging = () =>
  fake((signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))));

const shared: Deployment = { pools: [5], dispatch: 'own', cancel: 'running' };

describe('a live clock', () => {
  it('serves over HTTP with as many tasks as the simulation, and leaves no connection behind', async () => {
    const model = await openModel('lenet5-mnist');
    const servers = await Promise.all(
      Array.from({ length: 5 }, () =>
        startServer(servedModel(model, { server: { name: 't', version: '0' }, stream: randomStream(1) }), {
          host: '127.0.0.1',
          port: 0,
          bodyLimit: 100_000,
        }),
      ),
    );
    const remotes = await Promise.all(servers.map(({ url }) => openRemote(url, { connections: 1 })));
    const deployment: Deployment = { ...shared, cancel: 'none' };
    const { tasks, answers, failures, cutOff, overheads, latencies } = await live(
      jointCode(3, 5, 5),
      deployment,
      remotes,
    );
    const simulated = simulate(jointCode(3, 5, 5), deployment, load, () => ({
      answered() {},
      finished() {},
      worked() {},
    }));
    expect([tasks, failures, cutOff]).toEqual([simulated.tasks, 0, 0]);
    expect(answers).toBe(simulated.tasks);
    // a task never takes less than it was told to
    expect(overheads[0]).toBeGreaterThan(-0.001);
    expect(Math.min(...latencies)).toBeGreaterThan(0.002);
    await Promise.all(remotes.map((remote) => remote.close()));
    await Promise.all(servers.map((server) => server.close())); // would wait for an open connection
    await model.dispose();
  });

  it('a code goes on without a worker that answers nothing, and without one that answers nonsense', async () => {
    const remotes = [quick(), quick(), quick(), broken(), hanging()];
    const { cutOff, failures } = await live(jointCode(3, 5, 3), shared, remotes, false);
    expect(cutOff).toBe(0);
    expect(failures).toBeGreaterThan(0);
  });

  it('says honestly what no worker answered', async () => {
    const all = await live(plainCode(5), shared, Array.from({ length: 5 }, broken), false);
    expect([all.cutOff, all.answers]).toEqual([30, 0]);
    const one = await live(plainCode(5), shared, [quick(), quick(), quick(), quick(), broken()], false);
    // the others get its work while it rests
    expect(one.cutOff).toBeGreaterThan(0);
    expect(one.cutOff).toBeLessThan(30);
  });

  it('a deadline bounds what a hanging worker holds up', async () => {
    const deployment: Deployment = { ...shared, deadline: 0.05 };
    const { cutOff, latencies } = await live(
      plainCode(5),
      deployment,
      [quick(), quick(), quick(), quick(), hanging()],
      false,
    );
    expect(cutOff).toBe(30);
    expect(Math.max(...latencies)).toBeLessThan(2);
  });

  it('a server that is not there is an error of the environment', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await expect(openRemote(`http://127.0.0.1:${port}/v2/models/m`)).rejects.toBeInstanceOf(EnvironmentError);
  });
});
