import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'bullmq';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Manifest } from '../../src/results/manifest.ts';
import { readManifest } from '../../src/results/read.ts';
import { queueAddress, withConnection } from '../../src/runs/queue/connection.ts';
import { queueExecutor } from '../../src/runs/queue/coordinator.ts';
import { jobIdOf, pack, type UnitJob, unpack } from '../../src/runs/queue/protocol.ts';
import { unitSizes } from '../../src/runs/queue/sizes.ts';
import { takeTurn } from '../../src/runs/queue/turn.ts';
import type { Stage, UnitOutcome } from '../../src/runs/stage.ts';
import { folderWithConfig, temporaryFolder } from '../helpers/folder.ts';

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasRedis) process.stderr.write('no redis-server: the tests of the queue are skipped\n');

test('a password is taken from the environment or a file, never from the address, and never shown', () => {
  expect(() => queueAddress('redis://me:secret@host', {})).toThrow(/give it as APPROXIFER_QUEUE_PASSWORD/);
  expect(() => queueAddress('redis://me:secret@host', {})).not.toThrow(/secret/);
  const file = path.join(temporaryFolder(), 'password');
  writeFileSync(file, 'secret\n');
  const address = queueAddress('rediss://me@host/2', { APPROXIFER_QUEUE_PASSWORD_FILE: file });
  expect(address).toMatchObject({ tls: true, username: 'me', password: 'secret', port: 6379, db: 2 });
  expect(address.shown).toBe('rediss://host:6379/2');
  expect(queueAddress('redis://[::1]:7/0', { APPROXIFER_QUEUE_PASSWORD: 'x' })).toMatchObject({
    host: '::1',
    password: 'x',
  });
  expect(() => queueAddress('redis://host/0?password=secret', {})).toThrow(/^((?!secret).)*APPROXIFER_QUEUE_PASSWORD$/);
  for (const wrong of ['host:6379', 'http://host', 'redis://host/name', 'redis://'])
    expect(() => queueAddress(wrong, {})).toThrow(/expected such as redis:/);
});

test('what repeats the words of a command, as an old Redis does, does not get the password into an error', async () => {
  const echo = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', () => {
        socket.write(
          "-ERR unknown command 'hello', with args beginning with: '3' 'AUTH' 'me' 'pass-word'\r\n".repeat(4),
        );
      });
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  onTestFinished(() => {
    echo.close();
  });
  const { port } = echo.address() as AddressInfo;
  const address = queueAddress(`redis://me@127.0.0.1:${port}`, { APPROXIFER_QUEUE_PASSWORD: 'pass-word' });
  const told = await withConnection(
    address,
    () => {},
    async () => 'connected',
  ).catch((error: Error) => error.message);
  expect(told).toMatch(/no Redis at redis:.*ERR unknown command 'hello'\)/);
});

test('outcomes cross the queue as they are', () => {
  const value = [
    ['3', { result: Float64Array.of(Number.NaN, -0, 1 / 3), failures: [], files: { a: Uint8Array.of(7) } }],
  ];
  expect(unpack(pack(value))).toEqual(value);
  expect(jobIdOf('s', ['1', '2'])).not.toBe(jobIdOf('s', ['1,2']));
  expect(jobIdOf('s', ['1'])).toMatch(/^u[0-9a-f]{24}$/);
});

test('jobs take about a second, more where threads are many, and never more units than leave some for each thread', () => {
  expect(unitSizes(25).next(1000, 4)).toBe(25);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 100, noNaN: true }),
      fc.nat(1e5),
      fc.integer({ min: 1, max: 1000 }),
      (each, left, threads) => {
        const sizes = unitSizes(undefined);
        expect(sizes.next(left, threads)).toBe(1);
        sizes.took(4, 4 * each, 4000);
        const units = sizes.next(left, threads);
        const most = Math.max(1, threads / 200); // what the coordinator can take: 200 jobs a second
        expect(units === 1 || (units * each <= 1.001 * most && 2 * units * threads <= left && units <= 1000)).toBe(
          true,
        );
      },
    ),
    { seed: 1 },
  );
  const sizes = unitSizes(undefined);
  sizes.took(4, 0.4, 4000);
  expect([sizes.next(1e6, 1), sizes.next(1e6, 200), sizes.next(1e6, 1000)]).toEqual([10, 10, 50]);
});

// each starts several processes, which take their time where cores are few
describe.skipIf(!hasRedis)('with a Redis', { timeout: 300_000 }, () => {
  let redis: ChildProcess;
  let queue = '';
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    queue = `redis://127.0.0.1:${port}`;
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
    for (let tries = 0; tries < 100 && redisKeys('ping') !== 'PONG'; tries++) await sleep(50);
  });
  afterAll(() => {
    redis.kill();
  });

  function redisKeys(...words: string[]): string {
    return spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim();
  }

  /** A command that goes on until the test ends. */
  function start(words: readonly string[], { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
    const child = spawn(process.execPath, [launcher, ...words, '--queue', env.queue ?? queue], {
      cwd,
      env: { ...process.env, ...env },
    });
    const said = { text: '' };
    child.stderr.on('data', (text) => {
      said.text += text;
    });
    child.stdout.resume();
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    const exit = once(child, 'exit').then(([code]) => code as number | null);
    const hears = async (pattern: RegExp) => {
      for (let tries = 0; tries < 3000 && !pattern.test(said.text); tries++) await sleep(50);
      expect(said.text).toMatch(pattern);
    };
    return { child, said, exit, hears };
  }

  const config = (model: string, dataset: string, trials: number) => `name: queued
model: ${model}
dataset: ${dataset}
K: 4
N: 8
S: 2
trials: ${trials}
schemes: [bacc]
`;

  const run = (...words: string[]) => spawnSync(process.execPath, [launcher, ...words], { encoding: 'utf8' });

  test('a worker with another model takes nothing; one that has it elsewhere finds it by its digest', async () => {
    const at = folderWithConfig(`${config('{onnx: m.onnx}', 'mnist', 40)}until: {mse: 60%, minimum: 10}\n`);
    const models = fileURLToPath(new URL('../../models/', import.meta.url));
    copyFileSync(path.join(models, 'lenet5-mnist.onnx'), at('m.onnx'));
    expect(run('run', at('c.yaml'), '--out', at('plain'), '--jobs', '1').status).toBe(0);
    const coordinator = start(['run', at('c.yaml'), '--out', at('queued'), '--unit', '2']);
    await coordinator.hears(/0 of \d+, no worker yet/);
    writeFileSync(at('m.onnx'), 'another');
    mkdirSync(at('elsewhere/deep'), { recursive: true });
    const other = start(['worker', '--jobs', '1'], { cwd: at('elsewhere') });
    await other.hears(/queued: m\.onnx \(SHA-256 [0-9a-f]{12}\) is not on this machine.*; taking none of its units/);
    const status = JSON.parse(run('queue', 'status', '--queue', queue, '--json').stdout);
    expect(status.stages).toMatchObject([{ experiment: 'queued', coordinated: true, progress: { done: 0 } }]);
    expect(status.workers).toMatchObject([{ threads: 1, refused: { queued: expect.stringContaining('m.onnx') } }]);

    copyFileSync(path.join(models, 'lenet5-mnist.onnx'), at('elsewhere/deep/lenet.onnx'));
    start(['worker', '--jobs', '1'], { cwd: at('elsewhere'), env: { XDG_CACHE_HOME: at('cache-of-worker') } });
    expect(await coordinator.exit).toBe(0);
    // answers are kept where they were computed: the folders of another machine mean nothing there
    await expect.poll(() => existsSync(at('cache-of-worker/approxifer/store')), { timeout: 20_000 }).toBe(true);
    // it ended before all its trials, at the same one
    expect(readManifest(at('queued')).trials).toBeLessThan(40);
    for (const file of ['trials.csv', 'summary.csv', 'table.md'])
      expect(readFileSync(path.join(at('queued'), file), 'utf8')).toBe(
        readFileSync(path.join(at('plain'), file), 'utf8'),
      );
  });

  test('what others keep under the names of the queue is left alone', async () => {
    const words = ['queue', 'status', '--queue', queue];
    redisKeys('sadd', 'approxifer:stages', 'other');
    redisKeys('set', 'approxifer:stage:other', 'no offer');
    redisKeys('hset', 'approxifer:workers', 'other', '{"seen": 9999999999}');
    const worker = start(['worker', '--jobs', '1']);
    expect(run(...words)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^no run is under way\n/) });
    await worker.hears(/ready with 1 threads/);
    await sleep(600);
    expect(worker.child.exitCode).toBe(null);
    redisKeys('del', 'approxifer:stages', 'approxifer:stage:other');
    redisKeys('hdel', 'approxifer:workers', 'other');
    worker.child.kill('SIGTERM');
    await worker.exit;
    redisKeys('set', 'approxifer:stages', 'a text');
    expect(run(...words)).toMatchObject({ status: 2, stderr: expect.stringContaining('give another --queue') });
    redisKeys('del', 'approxifer:stages');
  });

  test('units that no worker can compute are failed cells; Ctrl-C ends a run soon and leaves the queue clean; a worker goes when it is told', async () => {
    const pictures = temporaryFolder();
    for (const [place, name] of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].entries()) {
      mkdirSync(path.join(pictures, String(place % 2)), { recursive: true });
      const file = path.join(pictures, String(place % 2), `${name}.png`);
      await sharp({ create: { width: 28, height: 28, channels: 3, background: { r: 30 * place, g: 0, b: 0 } } })
        .png()
        .toFile(file);
    }
    // cut off: its size can be read, its points cannot
    const broken = path.join(pictures, '0', 'a.png');
    writeFileSync(broken, readFileSync(broken).subarray(0, 60));
    const data = `{imagefolder: ${pictures}, channels: 1, size: 28}`;
    const at = folderWithConfig(config('lenet5-mnist', data, 8));
    const worker = start(['worker', '--jobs', '2']);
    const coordinator = start(['run', at('c.yaml'), '--out', at('out')]);
    expect([await coordinator.exit, coordinator.said.text]).toEqual([
      1,
      expect.stringMatching(/cells failed in a trial/),
    ]);
    expect(readFileSync(path.join(at('out'), 'failures.csv'), 'utf8')).toMatch(/no result in 3 tries: .*a\.png/);
    expect(run('run', at('c.yaml'), '--out', at('out')).status).toBe(1); // all trials are there

    const slow = folderWithConfig(config('lenet5-mnist', 'mnist', 100_000));
    const long = start(['run', slow('c.yaml'), '--out', slow('out')]);
    await worker.hears(/queued: computing trials[\s\S]*queued: computing trials/);
    long.child.kill('SIGINT');
    while (redisKeys('smembers', 'approxifer:stages') !== '') await sleep(50);
    const cleaned = performance.now();
    expect(await long.exit).toBe(130);
    expect(performance.now() - cleaned).toBeLessThan(4500); // no timer of five seconds keeps it
    worker.child.kill('SIGTERM');
    await worker.exit;
    expect(worker.said.text).toMatch(/left:/);
    // signs of the workers that earlier tests killed
    expect(redisKeys('keys', '*').replace('approxifer:workers', '')).toBe('');
  });

  test('a unit that its workers die of is a failed one; those that they had beside it are not', async () => {
    const here = new URL('./', import.meta.url).href;
    const units = ['0', '1', '2', '3', '4', '5'];
    const never = new Promise<never>(() => {});
    const stage: Stage<string> = {
      name: 'poison',
      folder: '',
      units,
      format: {
        file: 'x.csv',
        header: 'unit',
        keys: ['x'],
        trialOf: Number,
        unitOf: (_, trial) => String(trial),
        text: (unit) => `${unit}\n`,
        read: () => undefined,
        failed: (_, reason) => ({ result: '', failures: [{ cell: 0, reason }] }),
      },
      open: () => never,
      remote: { module: `${here}unit.js`, spec: { config: {}, folder: '' } },
    };
    const identity: Manifest = {
      ...{ format: 1, config: {}, config_sha256: '', seed: 1, trials: 6, revision: null },
      ...{ versions: { approxifer: '', node: '', onnxruntime: '' }, digests: { models: {}, data: {} } },
    };
    const offer = { written: '', folder: '', files: [] };
    const options = { offer, identity, experiment: 'poison', unitsAJob: 1, onNotice() {}, root: here };
    let over = false;
    /** Workers that are gone, with all that they had, once they have unit 3; with shorter times than those of the program. */
    const mortals = async () => {
      while (redisKeys('smembers', 'approxifer:stages') === '') await sleep(20);
      const id = redisKeys('smembers', 'approxifer:stages');
      while (!over) {
        let dead = false;
        const worker = new Worker(
          id,
          async (job) => {
            const [unit] = (job.data as UnitJob).units;
            dead ||= unit === '3';
            await sleep(50);
            if (dead) await never;
            return { seconds: 0.01, outcomes: pack([[unit, { result: `of ${unit}`, failures: [] }]]) };
          },
          {
            ...{ connection: { host: '127.0.0.1', port }, prefix: 'approxifer', skipVersionCheck: true },
            ...{ concurrency: 3, lockDuration: 300, stalledInterval: 150, maxStalledCount: 1, drainDelay: 1 },
          },
        );
        worker.on('error', () => {});
        while (!over && !dead) await sleep(10);
        await worker.close(true);
      }
    };
    const outcomes = new Map<string, UnitOutcome<string>>();
    await Promise.all([
      mortals(),
      withConnection(queueAddress(queue), options.onNotice, (connection) =>
        queueExecutor(connection, options)(stage, {
          units,
          jobs: 1,
          done: (unit, outcome) => outcomes.set(unit, outcome as UnitOutcome<string>),
        }),
      ).finally(() => {
        over = true;
      }),
    ]);
    const failed = [...outcomes].filter(([, { failures }]) => failures.length > 0);
    expect(failed).toEqual([
      ['3', { result: '', failures: [{ cell: 0, reason: expect.stringMatching(/^its workers died or fell silent/) }] }],
    ]);
    expect(units.map((unit) => outcomes.get(unit)?.result)).toEqual(['of 0', 'of 1', 'of 2', '', 'of 4', 'of 5']);
  });

  test('without a Redis a run ends within ten seconds, also where none ever answers', async () => {
    const at = folderWithConfig(config('lenet5-mnist', 'mnist', 4));
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      silent.close();
    });
    const { port: deaf } = silent.address() as AddressInfo;
    const faults = { ECONNREFUSED: await freePort(), 'no answer': deaf };
    // what a command takes to start on this machine, as busy as it is
    const before = performance.now();
    expect(run('run', at('missing.yaml')).status).toBe(2);
    const startUp = performance.now() - before;
    await Promise.all(
      Object.entries(faults).map(async ([fault, closed]) => {
        const began = performance.now();
        const nobody = start(['run', at('c.yaml'), '--out', at('out')], {
          env: { queue: `redis://127.0.0.1:${closed}` },
        });
        expect(await nobody.exit).toBe(70);
        expect(performance.now() - began).toBeLessThan(10_000 + 2 * startUp);
        expect(nobody.said.text).toContain(`no Redis at redis://127.0.0.1:${closed}/0 (${fault})`);
      }),
    );
  });

  test.skipIf(!hasOpenssl)(
    'rediss:// takes a certificate of the user’s own, and no other; a user limited to the prefix is enough; no password is shown',
    async () => {
      const at = folderWithConfig(config('lenet5-mnist', 'mnist', 4));
      const words = `req -x509 -newkey rsa:2048 -nodes -keyout ${at('key')} -out ${at('cert')} -days 2 -subj /CN=localhost`;
      spawnSync('openssl', [...words.split(' '), '-addext', 'subjectAltName=DNS:localhost']);
      const tlsPort = await freePort();
      const tls = `--tls-port ${tlsPort} --port 0 --bind 127.0.0.1 --tls-cert-file ${at('cert')} --tls-key-file ${at('key')} --tls-auth-clients no`;
      const user = 'coded on >pass-word ~approxifer:* &* +@all -@admin -@dangerous +info +keys'.split(' ');
      const server = spawn('redis-server', [...tls.split(' '), '--save', '', '--user', ...user], { stdio: 'ignore' });
      onTestFinished(async () => {
        server.kill();
        await once(server, 'exit');
      });
      writeFileSync(at('password'), 'pass-word\n');
      const env = { queue: `rediss://coded@localhost:${tlsPort}`, APPROXIFER_QUEUE_PASSWORD_FILE: at('password') };
      const known = { ...env, NODE_EXTRA_CA_CERTS: at('cert') };
      const stranger = start(['queue', 'status'], { env });
      const liar = start(['queue', 'status'], {
        env: { ...known, APPROXIFER_QUEUE_PASSWORD_FILE: '', APPROXIFER_QUEUE_PASSWORD: 'guess-it' },
      });
      const worker = start(['worker', '--jobs', '1'], { env: known });
      const coordinator = start(['run', at('c.yaml'), '--out', at('out')], { env: known });
      expect(await stranger.exit).toBe(2);
      expect(stranger.said.text).toMatch(/certificate is not trusted \(\w+\); NODE_EXTRA_CA_CERTS/);
      expect(await liar.exit).toBe(2);
      expect(liar.said.text).toMatch(/does not take user and password/);
      expect(liar.said.text).not.toContain('guess-it');
      await worker.hears(/computing trials/);
      const seen = [worker, coordinator].map(({ child: { pid } }) => {
        const file = `/proc/${pid}/cmdline`;
        return existsSync(file) ? readFileSync(file, 'utf8') : '';
      });
      expect(await coordinator.exit).toBe(0);
      const told = [readFileSync(at('out/manifest.json'), 'utf8'), coordinator.said.text, worker.said.text, ...seen];
      expect(told.join()).not.toContain('pass-word');
    },
  );

  test('a run ends also where its queue cannot be emptied at its end', async () => {
    const client = new Redis(port, '127.0.0.1');
    const at = folderWithConfig(config('lenet5-mnist', 'mnist', 20));
    const run = start(['run', at('c.yaml'), '--no-store', '--out', at('out')]);
    await expect.poll(() => client.smembers('approxifer:stages'), { timeout: 60_000 }).toHaveLength(1);
    const [id] = await client.smembers('approxifer:stages');
    start(['worker', '--jobs', '1']);
    let over = false;
    // BullMQ empties no queue that is not halted, which this key says
    const harm = (async () => {
      while (!over) await client.del(`approxifer:${id}:meta`);
    })();
    const exit = await Promise.race([run.exit, run.hears(/results in/).then(() => sleep(20_000, 'goes on'))]);
    over = true;
    await harm;
    client.disconnect();
    expect(exit).toBe(0);
    for (const key of redisKeys('keys', `approxifer:*${id}*`).split('\n')) redisKeys('del', key);
  });

  test('signs of life that come late, two at once, are those of one holder', async () => {
    const client = new Redis(port, '127.0.0.1');
    onTestFinished(() => {
      client.disconnect();
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const turn = await takeTurn(client, 'approxifer:coordinator:test', undefined, () => {});
    // Redis gave it up while the process stood still
    await client.del('approxifer:coordinator:test');
    vi.advanceTimersByTime(8000);
    await Promise.race([turn!.lost, sleep(300)]);
    expect(await turn!.isOthers()).toBe(false);
    await client.set('approxifer:coordinator:test', 'another');
    vi.advanceTimersByTime(4000);
    await expect(turn!.lost).rejects.toThrow(/another process took over/);
    await client.del('approxifer:coordinator:test');
    await turn!.end();
  });

  test('killed at random moments, two experiments by two workers come to the bytes of plain runs', {
    timeout: 900_000, // beyond what the script gives itself, so that it says where it stood
  }, async () => {
    const script = fileURLToPath(new URL('../../scripts/kill-queue.js', import.meta.url));
    const kills = spawn(process.execPath, [script, '--short'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => {
      kills.kill();
    });
    let said = '';
    kills.stdout.on('data', (text) => {
      said += text;
    });
    expect([(await once(kills, 'close'))[0], said]).toEqual([0, expect.stringMatching(/same bytes as one plain run/)]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
