// What the queue costs: coordinator and worker time a unit of work, what Redis holds, for units that do nothing; then LeNet5 by two
// workers beside --jobs 2. Needs redis-server; says so where it is missing.
//   npm run bench -- queue            QUEUE_UNITS=10000,100000,1000000 sets the numbers of units, QUEUE_TRIALS=1600,8000 those of trials;
//                                     an empty one leaves its part out
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

if (spawnSync('redis-server', ['--version']).status !== 0) {
  console.log('left out: no redis-server');
  process.exit(0);
}
const from = (name) => import(new URL(`../dist/runs/${name}`, import.meta.url).href);
const [{ queueExecutor }, { queueAddress, withConnection }, { openJournal }] = await Promise.all([
  from('queue/coordinator.js'),
  from('queue/connection.js'),
  from('journal.js'),
]);
const launcher = fileURLToPath(new URL('../bin/approxifer.js', import.meta.url));
const here = new URL('./', import.meta.url).href;
/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
const report = new URL('./cpu-report.js', import.meta.url).href;
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-bench-'));
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (typeof address !== 'object' || !address) throw new Error('no port');
const { port } = address;
server.close();
/** @param {...string} words */
const ask = (...words) => spawnSync('redis-cli', ['-p', `${port}`, ...words], { encoding: 'utf8' }).stdout;
const redis = spawn(
  'redis-server',
  ['--port', `${port}`, '--bind', '127.0.0.1', '--appendonly', 'yes', '--dir', folder, '--save', ''],
  { stdio: 'ignore' },
);
for (let tries = 0; tries < 200 && ask('ping').trim() !== 'PONG'; tries++) await sleep(50);
const queue = `redis://127.0.0.1:${port}`;
/** Processor seconds of a process that lives. @param {number} pid */
const spent = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const own = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Megabytes of the files below a folder. @param {string} at */
const megabytes = (at) =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0) / 1e6;

/** Units that do nothing, with the outcome of 8 cells x 9 numbers. @param {number} count @param {number} [unitsAJob] */
async function nothing(count, unitsAJob) {
  const units = Array.from({ length: count }, (_, unit) => String(unit));
  const format = {
    file: 'trials.csv',
    header: 'unit,values',
    keys: ['x'],
    trialOf: Number,
    unitOf: (_cell, trial) => String(trial),
    text: (unit, values) => `${unit},${[...values].join(' ')}\n`,
    read: () => undefined,
  };
  const spec = { config: { count, unitsAJob }, folder: '' };
  const stage = { name: 'nothing', folder: '', units, format, remote: { module: `${here}queue-unit.js`, spec } };
  const identity = { config: { count, unitsAJob }, digests: { models: {}, data: {} }, versions: {}, seed: 1 };
  const offer = { written: '', folder: '', files: [] };
  const options = { offer, unitsAJob, identity, experiment: 'nothing', onNotice() {}, root: here };
  const out = mkdtempSync(path.join(folder, 'out-'));
  const journal = openJournal({ folder: out, known: undefined }, format, units);
  const worker = spawn(process.execPath, [fileURLToPath(new URL('./queue-worker.js', import.meta.url)), queue], {
    stdio: 'inherit',
  });
  children.add(worker);
  await sleep(1500);
  const [began, mine, theirs, servers] = [performance.now(), own(), spent(worker.pid ?? 0), spent(redis.pid ?? 0)];
  let [done, most] = [0, 0];
  const look = setInterval(() => {
    most = Math.max(most, Number(/used_memory:(\d+)/.exec(ask('info', 'memory'))?.[1]));
  }, 500);
  await withConnection(queueAddress(queue, {}), options.onNotice, (connection) =>
    queueExecutor(connection, options)(stage, {
      units,
      jobs: 1,
      done(unit, outcome) {
        journal.append(unit, outcome);
        done++;
      },
    }),
  );
  clearInterval(look);
  const wall = (performance.now() - began) / 1000;
  const each = (seconds) => `${((1000 * seconds) / count).toFixed(3)} ms`;
  const size = unitsAJob === undefined ? 'automatic' : `${unitsAJob} units`;
  console.log(
    `${done} units, jobs of ${size}: a unit costs the coordinator ${each(own() - mine)}, the worker ${each(spent(worker.pid ?? 0) - theirs)}, ` +
      `Redis ${each(spent(redis.pid ?? 0) - servers)} of processor time; ${Math.round(count / wall)} units/s; ` +
      `Redis held at most ${(most / 1e6).toFixed(1)} MB, its append-only file ${megabytes(path.join(folder, 'appendonlydir')).toFixed(1)} MB; ` +
      `coordinator ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, its journal ${megabytes(out).toFixed(1)} MB`,
  );
  children.delete(worker);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

/**
 * LeNet5 by two workers of one thread, and by two threads. Both commands start anew and both open model and data for each run; the
 * workers have been running for a while, and in the first round they look whether model and data are the same. The store of answers is
 * off: nothing is read that an earlier run kept. Runs of two lengths tell what a trial costs from what a start does.
 * @param {readonly number[]} lengths
 */
async function lenet([few, many]) {
  const config = path.join(folder, 'c.yaml');
  writeFileSync(
    config,
    'name: lenet\nmodel: lenet5-mnist\ndataset: mnist\nK: 12\nN: 60\nS: [10, 15]\nschemes: [bacc, nercc, replication]\n',
  );
  const workers = [1, 2].map(() =>
    spawn(process.execPath, [launcher, 'worker', '--jobs', '1', '--queue', queue], { stdio: 'ignore' }),
  );
  const spentBy = (...processes) => processes.reduce((sum, { pid = 0 }) => sum + spent(pid), 0);
  /** @returns seconds by the clock, and processor seconds of the command, of the workers and of Redis */
  const timed = async (trials, name, ...words) => {
    const out = path.join(folder, `${name}-${trials}`);
    const [began, by, held] = [performance.now(), spentBy(...workers), spentBy(redis)];
    const all = [launcher, 'run', config, '--no-store', '--trials', String(trials), '--out', out, ...words];
    const child = spawn(process.execPath, ['--import', report, ...all], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(said);
    const clock = (performance.now() - began) / 1000;
    rmSync(out, { recursive: true, force: true });
    const own = Number(/^cpu-seconds (.*)$/m.exec(said)?.[1]);
    return { clock, own, workers: spentBy(...workers) - by, redis: spentBy(redis) - held };
  };
  for (const worker of workers) children.add(worker);
  await sleep(3000);
  for (const round of [1, 2, 3]) {
    const found = {};
    for (const trials of [few, many]) {
      const threads = await timed(trials, `threads-${round}`, '--jobs', '2');
      const queued = await timed(trials, `queued-${round}`, '--queue', queue);
      found[trials] = { threads, queued };
      console.log(
        `LeNet5, ${trials} trials, ${round === 1 ? 'workers new to the run' : 'workers that know the run'}: ` +
          `--jobs 2 ${threads.clock.toFixed(1)} s (${threads.own.toFixed(1)} s of processor time), two workers ${queued.clock.toFixed(1)} s ` +
          `(coordinator ${queued.own.toFixed(1)} s, workers ${queued.workers.toFixed(1)} s, Redis ${queued.redis.toFixed(1)} s): ` +
          `${(threads.clock / queued.clock).toFixed(2)} of the speed`,
      );
    }
    const more = (many - few) / 1000;
    const each = (of) => ((of(found[many]) - of(found[few])) / more).toFixed(2);
    console.log(
      `  a trial more: ${each(({ threads }) => threads.own)} ms of processor time with --jobs 2; by the queue ` +
        `${each(({ queued }) => queued.workers)} ms of the workers, ${each(({ queued }) => queued.own)} of the coordinator, ` +
        `${each(({ queued }) => queued.redis)} of Redis; clock ${each(({ threads }) => threads.clock)} and ${each(({ queued }) => queued.clock)} ms`,
    );
  }
}

/** @param {string} text */
const numbersIn = (text) => text.split(',').filter(Boolean).map(Number);

try {
  const counts = numbersIn(process.env.QUEUE_UNITS ?? '10000,100000');
  if (counts.length > 0) await nothing(1000, 1);
  for (const count of counts) await nothing(count);
  const lengths = numbersIn(process.env.QUEUE_TRIALS ?? '1600,8000');
  if (lengths.length > 0) await lenet(lengths);
} finally {
  for (const child of children) child.kill('SIGKILL');
  redis.kill();
  await once(redis, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
