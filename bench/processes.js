import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a Node process. @returns processor seconds, wall seconds and what it printed */
export function timed(...words) {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', path.join(root, 'bench/cpu-report.js'), ...words],
    { encoding: 'utf8', cwd: root },
  );
  if (status !== 0) throw new Error(stderr);
  return { cpu: Number(/cpu-seconds (.*)/.exec(stderr)?.[1]), wall: (performance.now() - began) / 1000, stdout };
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
