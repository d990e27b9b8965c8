// What the harness costs over its bare inferences, as whole processes, in processor seconds (the machine may be noisy):
// the median ratio over pairs of runs in turn.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median, timed } from './processes.js';

const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-bench-'));
const pairs = Number(process.env.PAIRS ?? 5);
const trials = 2000;

const cpu = (...words) => timed(...words).cpu;

/** A command on a config, in a new folder, on one thread, with no answer of an earlier run at hand. */
function harness(command, config) {
  const out = path.join(folder, 'out');
  const seconds = cpu('bin/approxifer.js', command, config, '--out', out, '--jobs', '1', '--no-store');
  rmSync(out, { recursive: true });
  return seconds;
}

function run(schemes, S) {
  const file = path.join(folder, 'bench.yaml');
  writeFileSync(
    file,
    `name: bench\nmodel: lenet5-mnist\ndataset: mnist\nK: 20\nN: 100\nS: ${S}\ntrials: ${trials}\nschemes: ${schemes}\n`,
  );
  return harness('run', file);
}

function compare(name, bound, a, b) {
  const ratios = [];
  for (let pair = 0; pair < pairs; pair++) ratios.push(a() / b());
  console.log(
    `${name.padEnd(80)} ${median(ratios).toFixed(2)}  (at most ${bound}; ${ratios.map((r) => r.toFixed(2)).join(' ')})`,
  );
}

const three = '[bacc, nercc, {nercc: {lambdaEnc: 1.0e-7, lambdaDec: 1.0e-7}}]';
const lambdas = '{logspace: [1.0e-9, 1.0e-3, 20]}';
const straggling = '{from: 0, to: 90, step: 10}';
compare(
  'run of BACC + NeRCC0 + NeRCC, 2000 trials / its bare inferences',
  1.25,
  () => run(three, 40),
  () => cpu('bench/bare.js', String(trials), '20', '100', '100', '100'),
);
compare(
  'figures of LeNet5 (stragglers, smoothing, λ surface) / 339,000 bare inferences',
  3,
  () =>
    harness('run', 'configs/figures/stragglers-lenet5.yaml') +
    harness('run', 'configs/figures/smoothing-lenet5.yaml') +
    harness('tune', 'configs/tune/lenet5.yaml'),
  () => cpu('bench/bare.js', '3390', '100'),
);
compare(
  'NeRCC with 20 λ_dec x 10 S / one cell of the three-scheme run',
  2.5,
  () => run(`[{nercc: {lambdaEnc: 1.0e-7, lambdaDec: ${lambdas}}}]`, straggling),
  () => run(three, 40),
);
compare(
  'NeRCC with 20 λ_dec x 10 S / NeRCC with one',
  2.5,
  () => run(`[{nercc: {lambdaEnc: 1.0e-7, lambdaDec: ${lambdas}}}]`, straggling),
  () => run('[{nercc: {lambdaEnc: 1.0e-7, lambdaDec: 1.0e-7}}]', 40),
);
compare(
  'approxifer --help / node -e 0',
  4,
  () => cpu('bin/approxifer.js', '--help'),
  () => cpu('-e', '0'),
);
rmSync(folder, { recursive: true });
