// Kills the parts of a queue at random moments and compares the result with that of one plain run, byte for byte: workers, Redis
// (with its append-only file), the coordinator; a network that is cut without a word; two coordinators at once.
//   node scripts/kill-queue.js [--rounds 2] [--seed 1] [--trials 200] [--short]
// --short: both experiments at the same time, on one Redis and by the same two workers, each part harmed once, no tuning.
// Needs `npm run build` and redis-server; says so and exits 0 where that is missing. Exit 1 when anything differed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { differing, inNewFolder, launcher, needPrograms, randomNumbers, runWhole, say } from './kills/try-out.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    trials: { type: 'string', default: '200' },
    short: { type: 'boolean', default: false },
  },
});
needPrograms(['redis-server', 'redis-cli']);
const stream = await randomNumbers('kill-queue', values.seed);

const configs = {
  'inference.yaml': `name: inference
model: lenet5-mnist
dataset: mnist
K: 12
N: 60
S: [10, 15]
trials: ${values.trials}
${
  values.short
    ? 'schemes: [bacc, nercc, replication]'
    : 'schemes: [bacc, nercc: {tune: true}, replication]\ntune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-6], trials: 30}'
}
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
  'inference.yaml': [
    'trials.csv',
    ...(values.short ? [] : ['tuning/trials.csv']),
    'summary.csv',
    'paired.csv',
    'table.csv',
    'table.md',
  ],
  'training.yaml': ['iterations.csv', 'summary.csv', 'speedups.csv', 'table.csv', 'table.md'],
};

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(130));

/** @type {string} */
let root;

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
  child.stderr.on('data', (text) =>
    log.push(`${new Date().toISOString().slice(11, 19)} ${words[0]} ${child.pid}: ${text}`),
  );
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

/** Whether a run has units on disk: what is killed before proves nothing. @param {string} out */
const hasBegun = (out) =>
  existsSync(path.join(root, out)) &&
  readdirSync(path.join(root, out), { recursive: true }).some((name) => String(name).endsWith('.journal.csv'));

/** Runs experiments, harms what takes part in them, and compares. @param {number} number @param {readonly string[]} names */
async function round(number, names) {
  const what = `round ${number}, ${names.join(' and ')}`;
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
  const coordinators = names.flatMap((name, place) =>
    (values.short && place > 0 ? ['first'] : ['first', 'second']).map((which) => {
      const out = `${number}-${name}-${which}`;
      const words = ['run', name, '--no-store', '--queue', address, '--out', out];
      return { name, out, which, part: new Part(`${which} coordinator of ${name}`, () => approxifer(words, log)) };
    }),
  );
  const parts = [redis, ...workers, ...coordinators.filter(({ which }) => which === 'first').map(({ part }) => part)];
  const kills = values.short ? parts.length : 6;
  const minutes = values.short ? 5 : 15;
  const isDone = () => coordinators.every(({ part }) => part.child.exitCode !== null);
  const began = performance.now();
  let harm = 0;
  const killed = new Set();
  try {
    while (!isDone()) {
      if (performance.now() - began > 60_000 * minutes) {
        const left = coordinators.filter(({ part }) => part.child.exitCode === null).map(({ name }) => name);
        throw new Error(`${left.join(', ')} not done after ${minutes} minutes:\n${log.slice(-40).join('')}`);
      }
      if (!coordinators.some(({ out }) => hasBegun(out))) {
        await sleep(100);
        continue;
      }
      await sleep((values.short ? 0 : 500) + (values.short ? 1000 : 4500) * stream.uniform());
      if (isDone() || harm >= kills) continue;
      const alive = parts.filter(({ child }) => child.exitCode === null);
      // each once, then any
      const part = alive.find((one) => !killed.has(one)) ?? alive[Math.floor(alive.length * stream.uniform())];
      harm++;
      killed.add(part);
      say(`${what}: killing ${part.name}`);
      await part.kill(1000 * stream.uniform());
      if (harm === 2) void proxy.cut(5000 + (values.short ? 0 : 20_000) * stream.uniform());
    }
    if (harm < 2) throw new Error(`done after ${harm} kills: use more --trials`);
    for (const { name, out, part } of coordinators) {
      const { exitCode } = part.child;
      if (exitCode !== 0) throw new Error(`${part.name}: exit ${exitCode}:\n${log.slice(-20).join('')}`);
      const wrong = differing(path.join(root, `plain-${name}`), path.join(root, out), compared[name]);
      if (wrong.length > 0) throw new Error(`${wrong.join(', ')} of the ${part.name} are not those of one plain run`);
    }
    await Promise.all(workers.map((part) => part.end()));
    const { stdout } = spawnSync('redis-cli', ['-p', String(port), 'keys', '*'], { encoding: 'utf8' });
    const left = stdout.split('\n').filter((key) => key && key !== 'approxifer:workers');
    if (left.length > 0) throw new Error(`left in Redis: ${left.join(', ')}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    say(`${what}: the same bytes as one plain run after ${harm} kills, ${seconds} s`);
  } finally {
    proxy.close();
    await Promise.all([...workers, ...coordinators.map(({ part }) => part)].map((part) => part.end()));
    await redis.end();
  }
}

await inNewFolder('queue', async (folder) => {
  root = folder;
  const names = Object.keys(configs);
  for (const name of names) {
    writeFileSync(path.join(root, name), configs[name]);
    const { status, stderr } = runWhole(root, ['run', name, '--no-store', '--out', `plain-${name}`]);
    if (status !== 0) throw new Error(stderr);
  }
  if (values.short) await round(1, names);
  else
    for (let number = 1; number <= Number(values.rounds); number++)
      await round(number, [names[(number - 1) % names.length]]);
});
