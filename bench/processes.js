import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a Node process. @returns processor seconds, wall seconds, its largest memory in MB and what it printed */
export function timed(...words) {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', path.join(root, 'bench/cpu-report.js'), ...words],
    { encoding: 'utf8', cwd: root },
  );
  if (status !== 0) throw new Error(stderr);
  const said = (what) => Number(new RegExp(`${what} (.*)`).exec(stderr)?.[1]);
  return {
    cpu: said('cpu-seconds'),
    wall: (performance.now() - began) / 1000,
    megabytes: said('peak-megabytes'),
    stdout,
  };
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
