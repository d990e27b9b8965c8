// Makes references again and checks them: the config whose name a reference has, with its seed and number of trials.
// node scripts/check-references.js              the ten of every pull request, a few minutes
// node scripts/check-references.js NAME …       these
// node scripts/check-references.js --all        every one, hours; those whose data or model is not on this machine are named and left out
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of three kinds, each quick and on the data that comes with the package. */
const quick = [
  'quickstart',
  'serving-quickstart',
  'table1-lenet5',
  'table1-lenet5-seed2',
  'table1-lenet5-fixed-batch',
  'stragglers-lenet5',
  'smoothing-lenet5',
  'approxifer-byzantine-e',
  'approxifer-byzantine-sigma',
  'avcc-adaptive',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const references = path.join(root, 'results', 'reference');
const configs = path.join(root, 'configs');
const given = process.argv.slice(2);
const all = given.includes('--all');
const names = all ? readdirSync(references).sort() : given.length > 0 ? given : quick;

/** @type {Map<string, string>} */
const configByName = new Map();
for (const file of readdirSync(configs, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.yaml')) continue;
  const name = /^name: *(\S+)/m.exec(readFileSync(path.join(configs, file), 'utf8'))?.[1];
  if (name) configByName.set(name, path.join(configs, file));
}

const approxifer = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [path.join(root, 'bin', 'approxifer.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
const out = mkdtempSync(path.join(tmpdir(), 'references-'));
/** @type {string[]} */
const moved = [];
let leftOut = 0;
try {
  for (const name of names) {
    const reference = path.join(references, name);
    const { config, seed, trials, made_by } = JSON.parse(readFileSync(path.join(reference, 'manifest.json'), 'utf8'));
    const file = configByName.get(config.name);
    if (!file) throw new Error(`${name}: no config has the name ${config.name}`);
    const began = performance.now();
    const folder = path.join(out, name);
    const command = made_by === 'tune' ? ['tune', file] : ['run', file, '--trials', String(trials)];
    const run = approxifer(...command, '--out', folder, '--seed', String(seed));
    const took = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
    if (all && run.status === 2) {
      leftOut++;
      console.log(`left out ${name}: ${run.stderr.trim().split('\n').at(-1)}`);
      continue;
    }
    const check = run.status === 0 ? approxifer('check', folder, '--against', reference) : run;
    if (check.status === 0) console.log(`same     ${name} (${took()})`);
    else {
      moved.push(name);
      console.log(`MOVED    ${name} (${took()})\n${check.stdout}${check.stderr}`);
    }
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
console.log(`${names.length - moved.length - leftOut} the same, ${moved.length} moved, ${leftOut} left out`);
if (moved.length > 0) process.exitCode = 1;
