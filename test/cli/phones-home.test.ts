import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folderWithConfig } from '../helpers/folder.ts';

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
const config = `
name: quiet
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 4
seed: 1
schemes: [bacc]
`;

/** The environment of a user without any files, whose temporary files are kept apart too. */
function emptyHome(at: (name: string) => string): NodeJS.ProcessEnv {
  mkdirSync(at('home'));
  mkdirSync(at('tmp'));
  const { PATH } = process.env;
  return { PATH, HOME: at('home'), TMPDIR: at('tmp') };
}

test('a run with worker threads leaves no file outside its folder', () => {
  const at = folderWithConfig(config);
  const { status, stderr } = spawnSync(
    process.execPath,
    [launcher, 'run', at('c.yaml'), '--jobs', '2', '--out', at('out')],
    { env: emptyHome(at), cwd: at('.'), encoding: 'utf8' },
  );
  expect(stderr).not.toContain('approxifer:');
  expect(status).toBe(0);
  expect(readdirSync(at('home'), { recursive: true })).toEqual([]);
  expect(readdirSync(at('tmp'), { recursive: true })).toEqual([]);
  expect(readdirSync(at('.')).sort()).toEqual(['c.yaml', 'home', 'out', 'tmp']);
});

const traces = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!traces) console.warn('the test for network calls is skipped: strace is missing or may not trace');

test.skipIf(!traces)('a run opens no socket to a network and looks no host up', () => {
  const at = folderWithConfig(config);
  const trace = at('trace');
  const { status } = spawnSync(
    'strace',
    ['-f', '-o', trace, '-e', 'trace=socket,connect,openat', process.execPath, launcher].concat([
      'run',
      at('c.yaml'),
      '--jobs',
      '2',
      '--out',
      at('out'),
    ]),
    { env: emptyHome(at), cwd: at('.'), encoding: 'utf8' },
  );
  expect(status).toBe(0);
  const lines = readFileSync(trace, 'utf8').split('\n');
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.filter((line) => /\b(socket|connect)\(.*(AF_INET|AF_UNIX)/.test(line))).toEqual([]);
  expect(lines.filter((line) => /resolv\.conf|\/etc\/hosts/.test(line))).toEqual([]);
  const written = lines.filter(
    (line) => /O_CREAT/.test(line) && !line.includes('"/dev/') && !line.includes(join(at('out'), '/')),
  );
  expect(written).toEqual([]);
});
