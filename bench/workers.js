// How time and memory grow with the number of workers: a closed-form model, K = 10, S = N / 10, two million answers, one thread. A run of one
// trial is taken off, so that what is left is the trials; the median of ROUNDS (3) rounds in turn.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median, timed } from './processes.js';

const rounds = Number(process.env.ROUNDS ?? 3);
const counts = [1_000, 10_000, 100_000];
const answers = 2_000_000;
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-workers-'));
const config = path.join(folder, 'workers.yaml');
const out = path.join(folder, 'out');

function run(N, count) {
  writeFileSync(
    config,
    `name: workers
model: {function: x-sin-x}
dataset: {uniform: {D: 1, low: -3, high: 3}}
K: 10
N: ${N}
S: ${N / 10}
trials: ${count}
schemes: [bacc, {nercc: {lambdaEnc: 0, lambdaDec: 0}}, {nercc: {lambdaEnc: 1.0e-7, lambdaDec: 1.0e-7}}, replication]
`,
  );
  const measured = timed('bin/approxifer.js', 'run', config, '--out', out, '--jobs', '1', '--no-store');
  rmSync(out, { recursive: true });
  return measured;
}

console.log('workers    ms a trial   µs a trial and worker    start and one trial, s    peak memory, MB');
for (const N of counts) {
  const trials = answers / N;
  const measured = Array.from({ length: rounds }, () => ({ one: run(N, 1), many: run(N, trials + 1) }));
  const trial = median(measured.map(({ one, many }) => (many.cpu - one.cpu) / trials));
  const row = [
    (trial * 1e3).toFixed(2).padStart(16),
    ((trial * 1e6) / N).toFixed(2).padStart(24),
    median(measured.map(({ one }) => one.cpu))
      .toFixed(2)
      .padStart(26),
    median(measured.map(({ many }) => many.megabytes))
      .toFixed(0)
      .padStart(20),
  ];
  console.log(`${String(N).padStart(7)}${row.join('')}`);
}
rmSync(folder, { recursive: true });
