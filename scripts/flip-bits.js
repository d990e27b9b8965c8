// Flips one random bit at a time in a file of a finished run, runs it again, and says how often that was refused, harmless
// (the same bytes of every result), said (on stderr), or passed unseen into other results, which must be never.
//   node scripts/flip-bits.js [--count 1000] [--seed 1] [--files trials.csv,summary.csv]
// Needs `npm run build`. Runs in this process, so that a flip takes milliseconds.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const dist = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const [{ loadConfig }, { readConfig }, { carryOut }, { readResults }, { acceptRun }, { randomStream }] =
  await Promise.all(
    ['cli/load.js', 'config/load.js', 'runs/run.js', 'results/read.js', 'gate/accept.js', 'util/random.js'].map(dist),
  );

const config = `name: flips
model: lenet5-mnist
dataset: {npy: points.npy, labels: labels.npy}
K: 3
N: 8
S: 2
trials: 6
schemes: [bacc, replication]
`;

/** A NumPy array file. */
function npy(type, shape, bytes) {
  const shapeText = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shapeText}, }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ');
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, (padded.length + 1) & 255, (padded.length + 1) >> 8]);
  return Buffer.concat([head, Buffer.from(`${padded}\n`), bytes]);
}

/** Writes the config and its data. */
function writeInputs(folder) {
  const points = new Float32Array(40 * 784).map((_, i) => ((i * 7919) % 997) / 997);
  writeFileSync(path.join(folder, 'points.npy'), npy('<f4', [40, 1, 28, 28], Buffer.from(points.buffer)));
  const labels = new BigInt64Array(40).map((_, i) => BigInt(i % 10));
  writeFileSync(path.join(folder, 'labels.npy'), npy('<i8', [40], Buffer.from(labels.buffer)));
  writeFileSync(path.join(folder, 'flips.yaml'), config);
}

/** Runs the experiment; the lines that it says. */
async function run(folder, signal) {
  const document = readConfig(path.join(folder, 'flips.yaml'));
  const { loaded } = await loadConfig(document);
  const said = [];
  let done = 0;
  const interrupt = new AbortController();
  await carryOut(loaded.experiment(document), {
    out: path.join(folder, 'out'),
    jobs: 1,
    signal: interrupt.signal,
    onNotice: (line) => said.push(line),
    onProgress() {
      if (signal && ++done > signal) interrupt.abort();
    },
  });
  return said;
}

/** The results in a folder: all files but the manifest, which holds times. */
function results(folder) {
  const out = path.join(folder, 'out');
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => name !== 'manifest.json' && statSync(path.join(out, name)).isFile());
  return JSON.stringify(files.map((name) => [name, readFileSync(path.join(out, name), 'base64')]));
}

/** What a run on a damaged folder comes to: `refused`, `harmless`, `said`, or `unseen` and `fault`, which must not be. */
async function outcome(folder, expected) {
  const reader = () => readResults(path.join(folder, 'out')).changed;
  const before = attempt(reader);
  let said;
  try {
    said = await run(folder);
  } catch (error) {
    const { exitCode, message } = /** @type {Error & { exitCode?: number }} */ (error);
    if (exitCode === undefined) return `fault: ${message}`;
    return 'refused';
  }
  const after = attempt(reader);
  const accepted = attempt(() => acceptRun(path.join(folder, 'out'), path.join(folder, 'reference'), 'now'));
  if (results(folder) === expected && !after.error && !after.value && !accepted.error) return 'harmless';
  if (after.error || after.value || accepted.error) return 'refused';
  return before.value || said.some((line) => !line.includes('all trials were there already')) ? 'said' : 'unseen';
}

function attempt(action) {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}

/** Flips a bit of a file, chosen by `stream`. @returns the place of its byte */
function flip(file, stream) {
  const bytes = readFileSync(file);
  const place = Math.floor(stream.uniform() * bytes.length);
  bytes[place] ^= 1 << Math.floor(stream.uniform() * 8);
  writeFileSync(file, bytes);
  return place;
}

const targets = {
  'trials.csv': 'out/trials.csv',
  'trials.journal.csv': 'out/trials.journal.csv',
  'summary.csv': 'out/summary.csv',
  'paired.csv': 'out/paired.csv',
  'labels.npy': 'labels.npy',
  'manifest.json': 'out/manifest.json',
};

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: Object.keys(targets).join(',') },
  },
});
const root = mkdtempSync(path.join(tmpdir(), 'approxifer-flips-'));
try {
  const [finished, half, work] = ['finished', 'half', 'work'].map((name) => path.join(root, name));
  for (const folder of [finished, half]) {
    mkdirSync(folder);
    writeInputs(folder);
  }
  await run(finished);
  await run(half, 3);
  const expected = results(finished);
  let unseen = 0;
  for (const name of values.files.split(',')) {
    const counts = {};
    for (let i = 0; i < Number(values.count); i++) {
      rmSync(work, { recursive: true, force: true });
      cpSync(name === 'trials.journal.csv' ? half : finished, work, { recursive: true });
      const place = flip(path.join(work, targets[name]), randomStream('flips', Number(values.seed), name, i));
      const found = await outcome(work, expected);
      counts[found] = (counts[found] ?? 0) + 1;
      if (found === 'unseen' || found.startsWith('fault')) {
        unseen++;
        process.stderr.write(`${name}: flip ${i} at byte ${place}: ${found}\n`);
      }
    }
    process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
  }
  process.exitCode = unseen > 0 ? 1 : 0;
} finally {
  rmSync(root, { recursive: true, force: true });
}
