// Kills commands at random moments and at each rename, goes on with them, and compares with what was never killed: the same
// files with the same bytes, no unit lost or doubled, nothing left behind, no damaged answer in the store.
//   node scripts/kill-runs.js [--kills 100] [--seed 1] [--only run,tune,merge,accept,training,serving,until] [--each-rename]
// Needs `npm run build`. Exit 1 when anything differed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inNewFolder, launcher, randomNumbers, runWhole } from './kills/try-out.js';

const hook = new URL('./kills/hook.js', import.meta.url).href;

const inference = `name: kills
model: lenet5-mnist
dataset: mnist
K: 4
N: 10
S: 2
trials: 12
schemes: [bacc, replication, nercc: {tune: true}]
tune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-6], trials: 6, refine: 1}
`;
const training = `name: kills
kind: training
model: {logisticRegression: {iterations: 3}}
dataset: {mnist: {classes: [4, 9], train: 600}}
K: 4
N: 9
trials: 2
schemes: [uncoded, {lcc: {E: 1}}, avcc]
stragglers: {slowdown: [4], faults: [{S: 1, E: 1}]}
attack: {reversal: 1}
`;

const serving = `name: kills
kind: serving
model: lenet5-mnist
dataset: mnist
schemes: [uncoded, {uncoded: {hedge: {after: p90}}}, bacc]
K: 4
N: 6
trials: 4
load: {rate: [20, 40], requests: 400, warmup: 50}
service: {pareto: {scale: 10ms, shape: 2}}
accuracy: {batches: 6}
`;
const until = inference
  .replace('trials: 12', 'trials: 400\nuntil: {mse: 5%}')
  .replace(', nercc: {tune: true}', '')
  .replace(/tune:.*\n/, '');

/** What is killed: its words, what its folder holds before, and where its result is. */
const scenarios = {
  run: { config: inference, words: ['run', 'c.yaml', '--out', 'out', '--jobs', '1'], result: 'out' },
  tune: { config: inference, words: ['tune', 'c.yaml', '--out', 'out', '--jobs', '1'], result: 'out' },
  merge: {
    config: inference.replace(', nercc: {tune: true}', '').replace(/tune:.*\n/, ''),
    before: [1, 2].map((i) => ['run', 'c.yaml', '--shard', `${i}/2`, '--out', `shard-${i}`, '--jobs', '1']),
    words: ['merge', 'out', 'shard-1', 'shard-2'],
    result: 'out',
  },
  accept: {
    config: inference,
    before: [
      ['run', 'c.yaml', '--out', 'first', '--jobs', '1', '--seed', '2'],
      ['accept', 'first', '--to', 'references/kills'],
      ['run', 'c.yaml', '--out', 'second', '--jobs', '1'],
    ],
    words: ['accept', 'second', '--to', 'references/kills'],
    // whatever the kill left, check finds a reference: the old one (other trials) or the new one
    between: { words: ['check', 'second', '--against', 'references/kills', '--json'], codes: [0, 1, 4] },
    result: 'references',
  },
  training: { config: training, words: ['run', 'c.yaml', '--out', 'out'], result: 'out' },
  serving: { config: serving, words: ['run', 'c.yaml', '--out', 'out', '--jobs', '2'], result: 'out' },
  until: { config: until, words: ['run', 'c.yaml', '--out', 'out', '--jobs', '2'], result: 'out' },
};

/** Files below a folder by name, but for what a run may say of its time and machine. */
function contents(folder) {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => !statSync(path.join(folder, name)).isDirectory())
      .map((name) => [name, textOf(path.join(folder, name))]),
  );
}

function textOf(file) {
  const bytes = readFileSync(file);
  if (path.basename(file) !== 'manifest.json') return bytes.toString('base64');
  const { times: _, accepted: __, manifest_sha256: ___, ...rest } = JSON.parse(bytes.toString('utf8'));
  return JSON.stringify(Object.entries(rest).sort());
}

/** In what two folders differ, in a line; empty where they are the same. */
function difference(expected, found) {
  const names = [...new Set([...expected.keys(), ...found.keys()])];
  const wrong = names.filter((name) => expected.get(name) !== found.get(name));
  return wrong
    .map((name) => (found.has(name) ? (expected.has(name) ? name : `${name} is left`) : `${name} is lost`))
    .join(', ');
}

/** Whole units in the journals and finished files of a run, by file. */
function units(out) {
  const found = new Map();
  for (const name of contents(out).keys()) {
    if (name.endsWith('.tmp')) continue;
    const own = /^(.*)(trials|iterations)(\.journal)?\.csv$/.exec(name);
    if (!own) continue;
    const count = own[3] ? (readFileSync(path.join(out, name), 'utf8').match(/^#.*\n/gm)?.length ?? 0) : Infinity;
    found.set(own[1] + own[2], Math.max(count, found.get(own[1] + own[2]) ?? 0));
  }
  return found;
}

/**
 * Starts a command that is killed after `delay` milliseconds or before its `at`-th rename.
 * @param {string} folder
 * @param {string[]} words
 * @param {{ delay?: number, at?: number }} moment
 * @returns whether it was killed
 */
async function runKilled(folder, words, { delay, at }) {
  const env = at === undefined ? process.env : { ...process.env, KILL_AT: String(at), KILL_CALLS: 'renameSync' };
  const nodeWords = at === undefined ? [] : ['--import', hook];
  const child = spawn(process.execPath, [...nodeWords, launcher, ...words], { cwd: folder, env, stdio: 'ignore' });
  const timer = delay === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), delay);
  const [, signal] = await once(child, 'exit');
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(scenarios).join(',') },
    'each-rename': { type: 'boolean', default: false },
  },
});
const names = values.only.split(',');
let faults = 0;
const fault = (text) => {
  faults++;
  process.stderr.write(`${text}\n`);
};

await inNewFolder('kills', async (root) => {
  for (const name of names)
    await tryScenario(root, name, scenarios[name], Math.ceil(Number(values.kills) / names.length));
  if (faults > 0) throw new Error(`${faults} faults`);
});

async function tryScenario(root, name, { config, before = [], words, between, result }, wanted) {
  const [clean, work] = ['clean', 'work'].map((part) => path.join(root, name, part));
  mkdirSync(clean, { recursive: true });
  writeFileSync(path.join(clean, 'c.yaml'), config);
  for (const each of before) runWhole(clean, each);
  const store = path.join(String(process.env.XDG_CACHE_HOME), 'approxifer', 'store');
  const fresh = () => {
    for (const folder of [work, store]) rmSync(folder, { recursive: true, force: true });
    cpSync(clean, work, { recursive: true });
  };
  fresh();
  const started = performance.now();
  const whole = runWhole(work, words);
  const duration = performance.now() - started;
  if (whole.status !== 0) return void process.stdout.write(`${name}: left out: ${whole.stderr.split('\n')[0]}\n`);
  const expected = contents(path.join(work, result));

  let [kills, rounds] = [0, 0];
  const stream = await randomNumbers('kills', values.seed, name);
  /** Checks what a kill left. */
  const look = (what, known) => {
    for (const [file, count] of known) {
      const now = units(path.join(work, result)).get(file) ?? 0;
      if (now < count) fault(`${name}, ${what}: ${file} has ${now} units, had ${count}`);
    }
    if (!between) return;
    const { status, stderr } = runWhole(work, between.words);
    if (!between.codes.includes(status))
      fault(`${name}, ${what}: ${between.words[0]} exit ${status}: ${stderr.trim()}`);
  };
  const finish = (what) => {
    rounds++;
    const { status, stderr } = runWhole(work, words);
    if (status !== 0) fault(`${name}, ${what}: exit ${status}: ${stderr.trim().split('\n')[0]}`);
    const wrong = difference(expected, contents(path.join(work, result)));
    if (wrong) fault(`${name}, ${what}: ${wrong}`);
    const verified = runWhole(work, ['store', 'verify']);
    const left = [...contents(store).keys()].filter((file) => file.endsWith('.tmp'));
    if (verified.status !== 0 || left.length > 0)
      fault(`${name}, ${what}: the store: ${verified.stdout.trim()} ${verified.stderr.trim()} ${left.join(', ')}`);
  };

  if (values['each-rename']) {
    for (let at = 1; ; at++) {
      fresh();
      if (!(await runKilled(work, words, { at }))) break;
      kills++;
      look(`killed at rename ${at}`, new Map());
      finish(`killed at rename ${at}`);
    }
  }
  while (kills < wanted) {
    fresh();
    const moments = [];
    for (let more = 1 + Math.floor(3 * stream.uniform()); more > 0; more--) {
      const known = units(path.join(work, result));
      const delay = Math.round(duration * stream.uniform());
      if (!(await runKilled(work, words, { delay }))) break;
      kills++;
      moments.push(delay);
      look(`killed after ${moments.join(', ')} ms`, known);
    }
    if (moments.length > 0) finish(`killed after ${moments.join(', ')} ms`);
  }
  process.stdout.write(`${name}: ${kills} kills in ${rounds} rounds\n`);
}
