import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

test('a run with worker threads leaves no file outside its folder and its own cache; with --no-store none there', () => {
  const at = folderWithConfig(config);
  const { status, stderr } = spawnSync(
    process.execPath,
    [launcher, 'run', at('c.yaml'), '--jobs', '2', '--out', at('out')],
    { env: emptyHome(at), cwd: at('.'), encoding: 'utf8' },
  );
  expect(stderr).not.toContain('approxifer:');
  expect(status).toBe(0);
  expect(readdirSync(at('home'))).toEqual(['.cache']);
  expect(readdirSync(at('home/.cache/approxifer'))).toEqual(['store']);
  expect(readdirSync(at('tmp'), { recursive: true })).toEqual([]);
  expect(readdirSync(at('.')).sort()).toEqual(['c.yaml', 'home', 'out', 'tmp']);

  rmSync(at('home/.cache'), { recursive: true });
  const bare = spawnSync(process.execPath, [launcher, 'run', at('c.yaml'), '--no-store', '--out', at('out2')], {
    env: { PATH: process.env.PATH, HOME: at('home'), TMPDIR: at('tmp') },
    cwd: at('.'),
  });
  expect(bare.status).toBe(0);
  expect(readdirSync(at('home'))).toEqual([]);
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
    (line) =>
      /O_CREAT/.test(line) &&
      !line.includes('"/dev/') &&
      ![at('out'), at('home/.cache/approxifer/store')].some((folder) => line.includes(join(folder, '/'))),
  );
  expect(written).toEqual([]);
});
