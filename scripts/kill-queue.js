// Kills the parts of a queue at random moments and compares the result with that of one plain run, byte for byte: workers, Redis
// (with its append-only file), the coordinator; a network that is cut without a word; two coordinators at once.
//   node scripts/kill-queue.js [--rounds 2] [--seed 1] [--trials 200]
// Needs `npm run build` and redis-server; says so and exits 0 where that is missing. Exit 1 when anything differed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    trials: { type: 'string', default: '200' },
  },
});
if (spawnSync('redis-server', ['--version']).status !== 0) {
  process.stdout.write('left out: no redis-server\n');
  process.exit(0);
}
const launcher = fileURLToPath(new URL('../bin/approxifer.js', import.meta.url));
const { randomStream } = await import(new URL('../dist/util/random.js', import.meta.url).href);
const stream = randomStream('kill-queue', Number(values.seed));

const configs = {
  'inference.yaml': `name: inference
model: lenet5-mnist
dataset: mnist
K: 12
N: 60
S: [10, 15]
trials: ${values.trials}
schemes: [bacc, nercc: {tune: true}, replication]
tune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-6], trials: 30}
`,
  'training.yaml': `name: training
kind: training
model: {logisticRegression: {iterations: 12}}
dataset: {mnist: {classes: [4, 9], train: 1200}}
K: 4
N: 9
trials: 12
schemes: [uncoded, {lcc: {E: 1}}, avcc]
stragglers: {slowdown: [4], faults: [{S: 1, E: 1}]}
attack: {reversal: 1}
`,
};
const compared = {
  'inference.yaml': ['trials.csv', 'tuning/trials.csv', 'summary.csv', 'paired.csv', 'table.csv', 'table.md'],
  'training.yaml': ['iterations.csv', 'summary.csv', 'speedups.csv', 'table.csv', 'table.md'],
};

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(130));

const root = mkdtempSync(path.join(tmpdir(), 'approxifer-queue-'));
const say = (text) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** A process that is started again whenever it was killed. */
class Part {
  /** @param {string} name @param {() => import('node:child_process').ChildProcess} start */
  constructor(name, start) {
    this.name = name;
    this.start = start;
    this.child = start();
    children.add(this.child);
  }
  async kill(pause) {
    const ended = this.child.exitCode ?? this.child.signalCode ?? once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    await sleep(pause);
    this.child = this.start();
    children.add(this.child);
  }
  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000)]);
    this.child.kill('SIGKILL');
  }
}

const approxifer = (words, log = []) => {
  const child = spawn(process.execPath, [launcher, ...words], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.on('data', (text) => log.push(String(text)));
  return child;
};

/** Stands between a worker and Redis, and passes nothing on while it is cut: no connection is closed. */
async function pausingProxy(port) {
  let cut = false;
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => {});
      if (cut) from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return {
    port: address.port,
    async cut(ms) {
      cut = true;
      for (const socket of sockets) socket.pause();
      await sleep(ms);
      cut = false;
      for (const socket of sockets) socket.resume();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function differences(config, folder) {
  return compared[config].filter((name) => {
    const [one, other] = [`plain-${config}`, folder].map((out) => readFileSync(path.join(root, out, name), 'utf8'));
    return one !== other;
  });
}

async function round(number, config) {
  const redisFolder = mkdtempSync(path.join(root, 'redis-'));
  const port = await freePort();
  const redisWords =
    `--port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync everysec --dir ${redisFolder}`.split(' ');
  const redis = new Part('Redis', () => spawn('redis-server', [...redisWords, '--save', ''], { stdio: 'ignore' }));
  await sleep(500);
  const proxy = await pausingProxy(port);
  const address = `redis://127.0.0.1:${port}`;
  const log = [];
  const worker = (name, at) =>
    new Part(name, () => approxifer(['worker', '--jobs', '1', '--queue', `redis://127.0.0.1:${at}`], log));
  const workers = [worker('worker 1', port), worker('worker 2', proxy.port)];
  const coordinators = ['first', 'second'].map(
    (name) =>
      new Part(`coordinator ${name}`, () =>
        approxifer(['run', config, '--queue', address, '--out', `${number}-${name}`], log),
      ),
  );
  const [first] = coordinators;
  const parts = [redis, ...workers, first];
  const isDone = () => coordinators.every(({ child }) => child.exitCode !== null);
  const began = performance.now();
  let harm = 0;
  try {
    while (!isDone()) {
      await sleep(1000 + 4000 * stream.uniform());
      if (performance.now() - began > 900_000)
        throw new Error(`not done after 15 minutes:\n${log.slice(-20).join('')}`);
      if (isDone() || harm >= 6) continue;
      const part = parts[harm < 4 ? harm : Math.floor(parts.length * stream.uniform())];
      if (part.child.exitCode !== null) continue;
      harm++;
      say(`round ${number}, ${config}: killing ${part.name}`);
      await part.kill(1000 * stream.uniform());
      if (harm === 2) void proxy.cut(5000 + 20_000 * stream.uniform());
    }
    for (const { name, child } of coordinators) {
      if (child.exitCode !== 0) throw new Error(`${name}: exit ${child.exitCode}:\n${log.slice(-20).join('')}`);
      const wrong = differences(config, `${number}-${name.split(' ')[1]}`);
      if (wrong.length > 0) throw new Error(`${wrong.join(', ')} of ${name} are not those of one plain run`);
    }
    await Promise.all(workers.map((part) => part.end()));
    const { stdout } = spawnSync('redis-cli', ['-p', String(port), 'keys', '*'], { encoding: 'utf8' });
    const left = stdout.split('\n').filter((key) => key && key !== 'approxifer:workers');
    if (left.length > 0) throw new Error(`left in Redis: ${left.join(', ')}`);
    say(`round ${number}, ${config}: the same bytes as one plain run after ${harm} kills`);
  } finally {
    proxy.close();
    await Promise.all([...workers, ...coordinators].map((part) => part.end()));
    await redis.end();
  }
}

try {
  const names = Object.keys(configs);
  for (const name of names) {
    writeFileSync(path.join(root, name), configs[name]);
    const { status, stderr } = spawnSync(process.execPath, [launcher, 'run', name, '--out', `plain-${name}`], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }
  for (let number = 1; number <= Number(values.rounds); number++)
    await round(number, names[(number - 1) % names.length]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
