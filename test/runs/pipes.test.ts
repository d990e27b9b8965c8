import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = mkdtempSync(path.join(tmpdir(), 'pipes-'));
afterAll(() => rmSync(root, { recursive: true }));

/** What reading a file as one of a run comes to, in a process of its own: a pipe would stop this one for ever. */
function reading(code: string): { status: number | null; text: string } {
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    timeout: 20_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  return { status, text: stdout };
}

const readers = {
  'manifest.json': "import { readManifest as read } from './dist/results/read.js';",
  'trials.csv': `import { readFinished } from './dist/runs/finished.js';
    const read = (folder) => readFinished(folder, { file: 'trials.csv', header: 'a', keys: [] }, undefined, []);`,
};

for (const [name, reader] of Object.entries(readers))
  test(`a pipe, a device or a folder named ${name} in a run is refused at once`, { timeout: 90_000 }, () => {
    for (const [kind, make] of [
      ['a FIFO', (file: string) => execFileSync('mkfifo', [file])],
      ['a device', (file: string) => symlinkSync('/dev/zero', file)],
      ['a folder', (file: string) => mkdirSync(file)],
    ] as const) {
      const folder = mkdtempSync(path.join(root, 'run-'));
      writeFileSync(path.join(folder, 'other'), '');
      make(path.join(folder, name));
      const code = `${reader} try { read(${JSON.stringify(folder)}); } catch (e) { console.log(e.name, e.message); }`;
      const { status, text } = reading(code);
      expect([status, text]).toEqual([0, expect.stringMatching(new RegExp(`^UserError .*${name}.*it is ${kind}`))]);
    }
  });
