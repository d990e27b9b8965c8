import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig, temporaryFolder } from '../helpers/folder.ts';

/** What the machine does to a command: closed pipes, full disks, limits, signals, folders that cannot be made. */

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
const linux = process.platform === 'linux';

const text = `name: machine
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 4
schemes: [bacc, nercc]
`;

const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-machine-'));
const config = path.join(folder, 'c.yaml');
const run = path.join(folder, 'run');

beforeAll(async () => {
  writeFileSync(config, text);
  expect((await cli('run', config, '--out', run, '--jobs', '1')).code).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A command in a shell line, `approxifer` standing for the built one. */
function shell(line: string, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `set -o pipefail; approxifer() { ${process.execPath} ${launcher} "$@"; }\n${line}`],
    {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    },
  );
  return { code: status, stdout, stderr };
}

/** Every command that prints, and what it exits with. */
function printing(): [string, number][] {
  return [
    [`--help`, 0],
    [`run ${config} --out ${run} --jobs 1`, 0],
    [`run ${config} --dry-run`, 0],
    [`validate ${config} --json`, 0],
    [`table ${run} --json`, 0],
    [`figures ${run} --format svg`, 0],
    [`check ${run} --against ${run}`, 0],
    [`diff ${run} ${run}`, 0],
    [`models list`, 0],
    [`doctor`, 0],
    [`inspect matrix --scheme bacc --K 300 --N 600 --what encode`, 0],
    [`validate ${run}`, 2],
  ];
}

test('a reader that closes the pipe changes no exit code, and nobody sees a trace', { timeout: 240_000 }, () => {
  for (const [words, code] of printing()) {
    const { code: ended, stderr } = shell(`approxifer ${words} | true; exit \${PIPESTATUS[0]}`);
    expect([words, ended]).toEqual([words, code]);
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
  }
});

test.skipIf(!linux)(
  'a full disk behind stdout is one line and exit 70, behind stderr nothing',
  { timeout: 240_000 },
  () => {
    for (const [words] of printing().filter(([, code]) => code === 0)) {
      const { code, stderr } = shell(`approxifer ${words} > /dev/full`);
      expect([words, code, stderr]).toEqual([words, 70, expect.stringContaining('standard output: the disk is full')]);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(shell(`approxifer run ${config} --out ${run} --jobs 1 2> /dev/full`).code).toBe(0);
  },
);

test.skipIf(!linux)('too few open files are named with the cure', { timeout: 120_000 }, () => {
  for (const limit of [24, 44]) {
    const { code, stderr } = shell(`ulimit -n ${limit}; approxifer run ${config} --out ${run}`);
    const line = expect.stringMatching(/^approxifer: [^\n]*ulimit -n[^\n]*\n$/);
    expect([limit, code, stderr]).toEqual([limit, 70, line]);
  }
});

test('what cannot be loaded says how to get it', () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  cpSync(launcher, path.join(folder, 'bin', 'approxifer.js'));
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
  const start = () => shell(`${process.execPath} ${path.join(folder, 'bin', 'approxifer.js')}`);
  expect(start()).toMatchObject({ code: 70, stderr: expect.stringMatching(/^approxifer: .*run "npm run build".*\n$/) });
  mkdirSync(path.join(folder, 'dist', 'bundle', 'cli'), { recursive: true });
  writeFileSync(path.join(folder, 'dist', 'bundle', 'cli', 'main.js'), `import 'commander';`);
  expect(start()).toMatchObject({
    code: 70,
    stderr: expect.stringMatching(/^approxifer: .*'commander'; run "npm ci".*\n$/),
  });
});

test('a folder that cannot be made is one line, at once', async () => {
  const at = folderWithConfig(text);
  writeFileSync(at('file'), '');
  const refused = async (out: string, reason: string) => {
    const { code, stderr } = await cli('run', config, '--out', out, '--jobs', '1');
    expect([code, stderr]).toEqual([
      2,
      `approxifer: ${out}: the output folder cannot be written: ${reason}; choose another with --out\n`,
    ]);
  };
  await refused(at('file'), 'it is a file');
  await refused(path.join(at('file'), 'below'), 'a part of its path is not a folder');
  for (const report of [path.join(at('file'), 'r.md'), ...(linux ? ['/proc/approxifer/r.md'] : [])]) {
    const { code, stdout, stderr } = await cli('check', run, '--against', run, '--report', report);
    expect([code, stdout]).toEqual([70, expect.stringContaining('same')]);
    expect(stderr).toMatch(/^approxifer: [^\n]*r\.md: cannot be written: [^\n]*\n$/);
  }
  if (linux) await refused('/proc/approxifer/deep/er', 'no such file or folder');
});

test('files of killed writers are removed by the next run, those of others are not', async () => {
  const at = folderWithConfig(text);
  mkdirSync(at('out/figures'), { recursive: true });
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  for (const name of [
    `summary.csv.${pid}.tmp`,
    `figures/a.svg.${pid}.tmp`,
    `b.${process.pid}.tmp`,
    'notes.tmp',
    'c.1-00000000-00000000.tmp',
  ])
    writeFileSync(path.join(at('out'), name), '');
  expect((await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1')).code).toBe(0);
  const left = readdirSync(at('out'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
  expect(left.sort()).toEqual([`b.${process.pid}.tmp`, 'c.1-00000000-00000000.tmp', 'notes.tmp']);
});

test('the same command goes on when the folder has the name of the packaged config', () => {
  const folder = temporaryFolder();
  for (const _ of [1, 2]) {
    const line = `cd ${folder} && approxifer run quickstart --out quickstart --trials 2 --jobs 1`;
    expect(shell(line)).toMatchObject({ code: 0, stdout: expect.stringContaining('BACC') });
  }
});

test('text of others reaches the terminal without what steers it, and long lines are cut', async () => {
  const at = folderWithConfig(text);
  const nasty = 'a\x1b[31m\u009b1m\u202eb\nc';
  for (const words of [
    ['validate', nasty],
    ['check', nasty, '--against', run],
    [nasty],
    ['run', config, `--${nasty}`],
  ]) {
    const { code, stdout, stderr } = await cli(...words);
    expect(code).toBe(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout + stderr).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(stderr).toMatch(/(\\u001b|<U\+001B>)\[31m/);
  }
  writeFileSync(at('c.yaml'), text.replace('machine', `"${'x'.repeat(1e6)}"`).replace('K: 4', `K: ${'y'.repeat(1e6)}`));
  const { code, stderr } = await cli('validate', at('c.yaml'));
  expect([code, Math.max(...stderr.split('\n').map((line) => line.length)) <= 500]).toEqual([2, true]);
});

test('more threads than could do anything are refused with the reason', async () => {
  const { code, stderr } = await cli('run', config, '--jobs', '100000');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/At most \d+: this machine has \d+ cores/)]);
});

test('doctor says when downloads cannot be kept', async () => {
  const home = temporaryFolder();
  const finding = (env: NodeJS.ProcessEnv) => {
    const { stdout } = shell('approxifer doctor --json', { APPROXIFER_DATA: '', XDG_CACHE_HOME: '', ...env });
    return (JSON.parse(stdout) as { name: string; ok: boolean; cure?: string }[]).find(
      ({ name }) => name === 'downloads',
    );
  };
  expect(finding({ HOME: home })).toMatchObject({ ok: true });
  expect(readdirSync(home)).toEqual([]);
  if (linux)
    expect(finding({ HOME: '/proc' })).toMatchObject({ ok: false, cure: expect.stringContaining('APPROXIFER_DATA') });
});

/** Trials that take long enough to be met in the middle. */
const slow = text
  .replace('K: 4', 'K: 100')
  .replace('N: 8', 'N: 1500')
  .replace('[bacc, nercc]', '[kriging]')
  .replace('trials: 4', 'trials: 400');

test.skipIf(!linux)(
  'a run ends within two seconds of a signal, says so and gives its lock back',
  { timeout: 120_000 },
  async () => {
    const at = folderWithConfig(slow);
    for (const signals of [['SIGTERM'], ['SIGHUP'], ['SIGQUIT'], ['SIGINT', 'SIGINT']] as const) {
      const out = at(signals.join());
      const running = spawn(process.execPath, [launcher, 'run', at('c.yaml'), '--out', out, '--jobs', '2']);
      let said = '';
      running.stderr.on('data', (piece) => {
        said += piece;
      });
      const exit = once(running, 'exit');
      while (!existsSync(path.join(out, 'manifest.json'))) await sleep(50);
      await sleep(1500);
      const start = performance.now();
      for (const signal of signals) {
        running.kill(signal);
        await sleep(50);
      }
      const [code, signal] = await exit;
      expect([signals, performance.now() - start < 2000]).toEqual([signals, true]);
      expect([
        [130, null],
        [null, 'SIGINT'],
      ]).toContainEqual([code, signal]); // both are 130 for a shell
      expect(said).toMatch(/interrupted[^\n]*; run the same command again to go on\n$/);
      expect(readdirSync(out).filter((name) => /lock|tmp/.test(name))).toEqual([]);
    }
  },
);
