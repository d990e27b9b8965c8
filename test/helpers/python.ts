import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the Python package. */
const pythonFolder = fileURLToPath(new URL('../../python/', import.meta.url));

/** Whether there is a Python with NumPy. */
export const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

if (!hasNumPy) console.warn('tests of schemes in Python are skipped: there is no python3 with NumPy');

/** Runs Python code that may import approxifer. @throws Error with its stderr when it fails */
export function python(code: string, ...words: string[]): string {
  const env = { ...process.env, PYTHONPATH: pythonFolder };
  const { status, stdout, stderr } = spawnSync('python3', ['-c', code, ...words], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
