// A real Slurm of four nodes on this machine: the parts of a run are killed, put back in the queue and told to end before a
// time limit, and what is merged must be that of one plain run, byte for byte.
//   node scripts/try-slurm.js [--rounds 1] [--trials 4000] [--keep]
// Needs `npm run build`, root, and Debian's slurm-wlm and munge; says so and exits 0 where they are missing. Exit 1 for a difference.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { differing, inNewFolder, launcher, needPrograms, say } from './kills/try-out.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    trials: { type: 'string', default: '4000' },
    keep: { type: 'boolean', default: false },
  },
});
const config = `name: slurm-trial
model: lenet5-mnist
dataset: mnist
K: 12
N: 60
S: [10, 15]
trials: ${values.trials}
schemes: [bacc, nercc, replication]
`;
const count = 4;

needPrograms(['slurmctld', 'slurmd', 'sbatch', 'munged', 'unshare']);
if (process.getuid?.() !== 0) {
  process.stdout.write('left out: not root\n');
  process.exit(0);
}

/** @type {string} */
let root;
/** @type {NodeJS.ProcessEnv & { SLURM_CONF: string }} */
let env;

/** @param {string} command @param {string[]} words */
function command(command, words, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8', env, cwd: root, ...options });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

let ownMunge = false;
let stopped = false;

async function startCluster() {
  for (const folder of ['bin', 'run', 'log', 'spool/ctld', 'spool/n1', 'spool/n2', 'spool/n3', 'spool/n4'])
    mkdirSync(path.join(root, folder), { recursive: true });
  const template = readFileSync(new URL('./slurm/slurm.conf', import.meta.url), 'utf8');
  writeFileSync(env.SLURM_CONF, template.replaceAll('@FOLDER@', root).replaceAll('@HOST@', hostname()));
  // each task believes to be on a machine of its own name, as on a real cluster
  const shim = `#!/bin/bash\nexec unshare -u bash -c 'hostname \${SLURMD_NODENAME:-login}; exec "$@"' - ${process.execPath} ${launcher} "$@"\n`;
  writeFileSync(path.join(root, 'bin', 'approxifer'), shim);
  chmodSync(path.join(root, 'bin', 'approxifer'), 0o755);
  if (spawnSync('munge', ['-n']).status !== 0) {
    mkdirSync('/run/munge', { recursive: true });
    command('sh', ['-c', 'chown munge:munge /run/munge; chmod 755 /run/munge']);
    command('setpriv', ['--reuid=munge', '--regid=munge', '--clear-groups', '/usr/sbin/munged']);
    ownMunge = true;
  }
  command('slurmctld', ['-f', env.SLURM_CONF]);
  for (const node of ['n1', 'n2', 'n3', 'n4']) command('slurmd', ['-f', env.SLURM_CONF, '-N', node]);
  for (let tries = 0; tries < 60; tries++) {
    const up = spawnSync('sinfo', ['-h', '-t', 'idle', '-o', '%D'], { encoding: 'utf8', env }).stdout.trim();
    if (up === String(count)) return;
    await sleep(500);
  }
  throw new Error('the nodes did not come up');
}

/** Ends jobs and the daemons that were started here, by their ids. */
async function stopCluster() {
  if (stopped) return;
  stopped = true;
  // a task that goes on without its node's daemon would never end; where Slurm does not answer there is none
  spawnSync('scancel', ['--user=root'], { env, timeout: 5000 });
  await sleep(1000);
  const files = readdirSync(path.join(root, 'run')).filter((name) => name.endsWith('.pid'));
  const ids = files.map((name) => Number(readFileSync(path.join(root, 'run', name), 'utf8')));
  if (ownMunge && existsSync('/run/munge/munged.pid')) ids.push(Number(readFileSync('/run/munge/munged.pid', 'utf8')));
  for (const id of ids) {
    try {
      process.kill(id, 'SIGTERM');
    } catch {}
  }
  await sleep(1500);
}

const running = () =>
  command('squeue', ['-h', '-r', '-t', 'R', '-o', '%i %K %N'])
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, task]) => /^\d+$/.test(task ?? ''));

/** Units in the journal of a part. */
function units(part) {
  const journal = path.join(root, 'result-parts', part, 'trials.journal.csv');
  return existsSync(journal) ? (readFileSync(journal, 'utf8').match(/^#/gm)?.length ?? 0) : 0;
}

async function round(number) {
  for (const name of ['result', 'result-parts', 'cache'])
    rmSync(path.join(root, name), { recursive: true, force: true });
  say(command('approxifer', ['submit', 'c.yaml', '--slurm', String(count), '--out', 'result', '--', '--time=10']));
  // parts 0, 1 and 2, each when it has some units: killed with its task, killed as by a failing node, told to end
  const harm = {
    0: ([job]) => {
      command('scontrol', ['requeue', job]);
      return 'put back in the queue';
    },
    1: ([job], part) => {
      const { pid } = JSON.parse(readFileSync(path.join(root, 'result-parts', part, '.lock'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      command('scontrol', ['requeue', job]);
      return 'killed';
    },
    2: ([job]) => {
      command('scancel', ['--signal=TERM', '--batch', job]);
      return 'told to end, as before its time limit';
    },
  };
  const left = new Set(Object.keys(harm));
  for (let tries = 0; ; tries++) {
    if (tries > 2400) throw new Error(`not done after ten minutes:\n${command('squeue', ['-r'])}`);
    for (const task of running()) {
      const part = task[1];
      if (!left.has(part) || units(part) < 3 + 10 * Math.random()) continue;
      left.delete(part);
      say(`part ${part} on ${task[2]} after ${units(part)} units: ${harm[part](task, part)}`);
    }
    if (command('squeue', ['-h', '-o', '%i']) === '') break;
    await sleep(250);
  }
  for (let part = 0; part < count; part++) {
    const log = readFileSync(path.join(root, 'result-parts', `${part}.log`), 'utf8');
    for (const line of log.split('\n').filter((text) => /waiting|interrupted|approxifer:/.test(text)))
      say(`part ${part}: ${line}`);
  }
  if (left.size > 0) throw new Error(`parts ${[...left]} ended before they could be harmed: use more --trials`);
  const compared = ['trials.csv', 'summary.csv', 'paired.csv', 'table.csv', 'table.md', 'table.tex'];
  const wrong = differing(path.join(root, 'plain'), path.join(root, 'result'), compared);
  if (wrong.length > 0) throw new Error(`${wrong.join(', ')} are not those of one plain run`);
  say(`round ${number}: the same bytes as one plain run`);
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    await stopCluster().catch(() => {});
    if (!values.keep) rmSync(root, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });

await inNewFolder(
  'slurm',
  async (folder) => {
    root = folder;
    env = { ...process.env, SLURM_CONF: path.join(root, 'slurm.conf'), PATH: `${root}/bin:${process.env.PATH}` };
    try {
      await startCluster();
      writeFileSync(path.join(root, 'c.yaml'), config);
      command('approxifer', ['run', 'c.yaml', '--no-store', '--out', 'plain']);
      for (let number = 1; number <= Number(values.rounds); number++) await round(number);
    } finally {
      await stopCluster();
    }
  },
  { keep: values.keep },
);
