// Flips one random bit at a time in a file of a finished run, or in what a run reads, does again what reads it, and says how often that was
// refused, harmless (the same bytes of every result, the same manifest but for its times), said (on stderr), or passed unseen into other results,
// which must be never.
//   node scripts/flip-bits.js [--count 1000] [--seed 1] [--files trials.csv,summary.csv]
// Needs `npm run build`. Runs in this process, so that a flip takes milliseconds.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const dist = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const [
  { loadConfig, replayOf },
  { readConfig },
  { carryOut },
  { damageOf, readManifest, readResults },
  { acceptRun },
  { importDecoded },
  { randomStream },
] = await Promise.all(
  [
    'cli/load.js',
    'config/load.js',
    'runs/run.js',
    'results/read.js',
    'gate/accept.js',
    'kinds/inference/import-decoded.js',
    'util/random.js',
  ].map(dist),
);

const common = `name: flips
model: lenet5-mnist
dataset: {npy: points.npy, labels: labels.npy}
K: 3
N: 8
S: 2
trials: 6
`;
const inference = `${common}schemes: [bacc, replication]
table: {ratioTo: [Replication]}
`;
const tuning = `${common}schemes: [nercc: {tune: true}]
tune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-6], trials: 6, refine: 0}
`;
const serving = `name: flips
kind: serving
model: lenet5-mnist
dataset: {npy: points.npy, labels: labels.npy}
schemes: [uncoded, bacc]
K: 3
N: 8
trials: 3
load: {rate: 20, requests: 60, warmup: 10}
service: {pareto: {scale: 10ms, shape: 2}}
accuracy: {batches: 3}
`;

/**
 * What is made once, done again on a damaged copy, and in which files bits flip.
 * @typedef {object} Scene
 * @property {string} config
 * @property {(folder: string, half?: number) => Promise<unknown>} make
 * @property {(folder: string) => Promise<string[]>} again what it says
 * @property {readonly string[]} [looked] folders that must hold the same afterwards
 * @property {Readonly<Record<string, string>>} files a file, or a folder of which one is chosen
 */

/** @type {Record<string, Scene>} */
const scenes = {
  inference: {
    config: inference,
    make: run,
    again: run,
    files: {
      'trials.csv': 'out/trials.csv',
      'trials.journal.csv': 'out/trials.journal.csv',
      'summary.csv': 'out/summary.csv',
      'paired.csv': 'out/paired.csv',
      'ratios.csv': 'out/ratios.csv',
      'labels.npy': 'labels.npy',
      'manifest.json': 'out/manifest.json',
    },
  },
  tune: { config: tuning, make: run, again: run, files: { 'optimum.csv': 'out/optimum.csv', tuning: 'out/tuning' } },
  serving: {
    config: serving,
    make: run,
    again: run,
    files: { 'latency.csv': 'out/latency.csv', 'distribution.csv': 'out/distribution.csv' },
  },
  batches: {
    config: inference,
    async make(folder) {
      await run(folder);
      const { replay } = await replayOf(path.join(folder, 'out'), { folder });
      mkdirSync(path.join(folder, 'batches'));
      await replay.exportTo(path.join(folder, 'batches'), [0, 1, 2]);
      mkdirSync(path.join(folder, 'decoded'));
      cpSync(path.join(folder, 'batches', 'cell0', 'decoded.npy'), path.join(folder, 'decoded', 'cell0.npy'));
      await scenes.batches.again(folder);
    },
    async again(folder) {
      const [batches, decoded, out] = ['batches', 'decoded', 'joined'].map((name) => path.join(folder, name));
      rmSync(out, { recursive: true, force: true });
      await importDecoded(batches, decoded, 'mine', out);
      return [];
    },
    looked: ['joined'],
    files: { batches: 'batches' },
  },
  store: {
    config: inference,
    make: scenesStore,
    again: scenesStore,
    files: { answers: 'store' },
  },
};

/** Runs anew, with the store of answers that is there. */
function scenesStore(folder) {
  rmSync(path.join(folder, 'out'), { recursive: true, force: true });
  return run(folder, undefined, { folder: path.join(folder, 'store'), most: 2 ** 28 });
}

/** A NumPy array file. */
function npy(type, shape, bytes) {
  const shapeText = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shapeText}, }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ');
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, (padded.length + 1) & 255, (padded.length + 1) >> 8]);
  return Buffer.concat([head, Buffer.from(`${padded}\n`), bytes]);
}

/** Writes a config and its data. */
function writeInputs(folder, config) {
  mkdirSync(folder, { recursive: true });
  const points = new Float32Array(40 * 784).map((_, i) => ((i * 7919) % 997) / 997);
  writeFileSync(path.join(folder, 'points.npy'), npy('<f4', [40, 1, 28, 28], Buffer.from(points.buffer)));
  const labels = new BigInt64Array(40).map((_, i) => BigInt(i % 10));
  writeFileSync(path.join(folder, 'labels.npy'), npy('<i8', [40], Buffer.from(labels.buffer)));
  writeFileSync(path.join(folder, 'flips.yaml'), config);
}

/**
 * Runs the experiment, or tunes where that is what it has.
 * @param {string} folder
 * @param {number} [most] units after which it is interrupted
 * @param {{ folder: string, most: number }} [store]
 * @returns the lines that it says
 */
async function run(folder, most, store) {
  const document = readConfig(path.join(folder, 'flips.yaml'));
  const { loaded } = await loadConfig(document);
  const said = [];
  let done = 0;
  const interrupt = new AbortController();
  const experiment = loaded.search ?? loaded.experiment;
  await carryOut(experiment({ ...document, store }), {
    out: path.join(folder, 'out'),
    jobs: 1,
    signal: interrupt.signal,
    onNotice: (line) => said.push(line),
    onProgress() {
      if (most !== undefined && ++done > most) interrupt.abort();
    },
  });
  return said;
}

/** All that was made, as one text: every file, of a manifest all but its times. */
function results(folder, looked) {
  const files = looked.flatMap((part) =>
    readdirSync(path.join(folder, part), { recursive: true, encoding: 'utf8' }).map((name) => path.join(part, name)),
  );
  const plain = files.sort().filter((name) => statSync(path.join(folder, name)).isFile());
  return JSON.stringify(plain.map((name) => [name, contentOf(path.join(folder, name))]));
}

function contentOf(file) {
  const bytes = readFileSync(file);
  if (path.basename(file) !== 'manifest.json') return bytes.toString('base64');
  const { times: _, manifest_sha256: __, ...rest } = JSON.parse(bytes.toString('utf8'));
  return rest;
}

/**
 * What doing it again on a damaged folder comes to: `refused`, `harmless`, `said`, or `unseen` and `fault`, which must not be.
 * @param {Scene} scene
 */
async function outcome({ again, looked = ['out'] }, folder, { expected, usual }) {
  const out = path.join(folder, looked[0]);
  const reader = () => readResults(out).changed ?? damageOf(out, readManifest(out));
  const before = attempt(reader);
  let said;
  try {
    said = await again(folder);
  } catch (error) {
    const { exitCode, message } = /** @type {Error & { exitCode?: number }} */ (error);
    if (exitCode === undefined) return `fault: ${message}`;
    return 'refused';
  }
  const after = attempt(reader);
  const accepted = attempt(() => acceptRun(out, path.join(folder, 'reference'), 'now'));
  if (after.error || after.value || accepted.error) return 'refused';
  if (results(folder, looked) === expected) return 'harmless';
  return before.value || said.some((line) => !usual.has(line)) ? 'said' : 'unseen';
}

function attempt(action) {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}

/** Flips a bit, chosen by `stream`, of a file, or of a file of a folder. @returns where */
function flip(place, stream) {
  const isFolder = statSync(place).isDirectory();
  const inside = isFolder ? readdirSync(place, { recursive: true, encoding: 'utf8' }).sort() : [''];
  const files = inside.map((name) => path.join(place, name)).filter((file) => statSync(file).isFile());
  const file = files[Math.floor(stream.uniform() * files.length)];
  const bytes = readFileSync(file);
  const at = Math.floor(stream.uniform() * bytes.length);
  bytes[at] ^= 1 << Math.floor(stream.uniform() * 8);
  writeFileSync(file, bytes);
  return `${path.relative(place, file)} byte ${at}`;
}

const sceneOf = new Map(
  Object.values(scenes).flatMap((scene) => Object.keys(scene.files).map((name) => [name, scene])),
);
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: [...sceneOf.keys()].join(',') },
  },
});
const root = mkdtempSync(path.join(tmpdir(), 'approxifer-flips-'));
const work = path.join(root, 'work');
/** Folders of scenes, whole and interrupted, each made when it is needed. */
const made = new Map();
async function folderOf(scene, most) {
  const key = `${Object.values(scenes).indexOf(scene)}${most ? '-half' : ''}`;
  if (!made.has(key)) {
    const folder = path.join(root, key);
    writeInputs(folder, scene.config);
    await scene.make(folder, most);
    made.set(key, folder);
  }
  return made.get(key);
}

try {
  let unseen = 0;
  for (const name of values.files.split(',')) {
    const scene = sceneOf.get(name);
    if (!scene) throw new Error(`no file ${name}; there are ${[...sceneOf.keys()].join(', ')}`);
    const whole = await folderOf(scene);
    const expected = results(whole, scene.looked ?? ['out']);
    const from = name.includes('journal') ? await folderOf(scene, 3) : whole;
    const copy = () => {
      rmSync(work, { recursive: true, force: true });
      cpSync(from, work, { recursive: true });
    };
    copy();
    const usual = new Set(await scene.again(work)); // what is said without any damage
    const counts = {};
    for (let i = 0; i < Number(values.count); i++) {
      copy();
      const place = flip(path.join(work, scene.files[name]), randomStream('flips', Number(values.seed), name, i));
      const found = await outcome(scene, work, { expected, usual });
      counts[found] = (counts[found] ?? 0) + 1;
      if (found === 'unseen' || found.startsWith('fault')) {
        unseen++;
        process.stderr.write(`${name}: flip ${i}, ${place}: ${found}\n`);
      }
    }
    process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
  }
  process.exitCode = unseen > 0 ? 1 : 0;
} finally {
  rmSync(root, { recursive: true, force: true });
}
