// What a scheme in Python costs over the same one built in, as whole processes: 2000 trials of BACC at K = 20, N = 100, S = 40. Processor
// seconds count the Python processes; the machine may be noisy, so that is the median ratio over pairs of runs in turn.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-bench-'));
const pairs = Number(process.env.PAIRS ?? 3);

/** Seconds of a command and of all that it starts, as Python's `resource` knows them. */
const watched = `
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(spent.ru_utime + spent.ru_stime, time.perf_counter() - began)
`;

/** Runs one scheme, in one thread, with no answer of an earlier run at hand. */
function run(name, scheme) {
  const config = path.join(folder, `${name}.yaml`);
  const out = path.join(folder, name);
  writeFileSync(
    config,
    `name: bench\nmodel: lenet5-mnist\ndataset: mnist\nK: 20\nN: 100\nS: 40\ntrials: 2000\nschemes: [${scheme}]\n`,
  );
  const command = ['bin/approxifer.js', 'run', config, '--out', out, '--jobs', '1', '--no-store'];
  const { stdout, stderr, status } = spawnSync('python3', ['-c', watched, process.execPath, ...command], {
    encoding: 'utf8',
    cwd: root,
  });
  if (status !== 0) throw new Error(stderr);
  rmSync(out, { recursive: true });
  const [processor, wall] = stdout.split(' ').map(Number);
  return { processor, wall };
}

const script = path.join(root, 'python/examples/bacc.py');
const results = Array.from({ length: pairs }, () => ({
  builtIn: run('built-in', 'bacc'),
  external: run('external', `{external: {command: [python3, ${JSON.stringify(script)}]}}`),
}));
for (const what of ['processor', 'wall']) {
  const ratios = results.map(({ builtIn, external }) => external[what] / builtIn[what]);
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(pairs / 2)];
  const seconds = results.map(({ builtIn, external }) => `${external[what].toFixed(1)}/${builtIn[what].toFixed(1)}`);
  console.log(
    `${`BACC in NumPy / built in, ${what} seconds`.padEnd(50)} ${median.toFixed(2)}  (at most 2; ${seconds.join(' ')})`,
  );
}
rmSync(folder, { recursive: true });
