import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Manifest } from '../../src/results/manifest.ts';
import { joinRevisions } from '../../src/results/manifest.ts';
import { readManifest } from '../../src/results/read.ts';
import { revision } from '../../src/util/versions.ts';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';
import { editManifest } from '../helpers/manifest.ts';

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
const text = `name: folder
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 6
schemes: [nercc: {tune: true}]
tune: {lambdaEnc: [0, 1.0e-6], lambdaDec: [0, 1.0e-6], trials: 3}
`;

/** A config in a folder of its own, and commands that write into folders beside it. */
function experiment(config = text) {
  const at = folderWithConfig(config);
  const into = (command: string, name: string, ...words: string[]) =>
    cli(command, at('c.yaml'), '--out', at(name), '--jobs', '1', ...words);
  const edit = (name: string, changes: Partial<Manifest>) => editManifest(at(name), changes);
  return { at, into, edit };
}

const manifestText = (folder: string) => readFileSync(path.join(folder, 'manifest.json'), 'utf8');

test('a run that is refused leaves a finished folder as it was', async () => {
  const { at, into, edit } = experiment();
  await into('run', 'done');
  await into('tune', 'tuned');
  const choices = readManifest(at('tuned')).tuned as { lambdaDec: number }[];
  edit('tuned', { tuned: choices.map((choice) => ({ ...choice, lambdaDec: 3e-5 })) });
  const before = manifestText(at('done'));
  const refused = await into('run', 'done', '--tuned', path.join(at('tuned'), 'manifest.json'));
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('units of another experiment') });
  expect(manifestText(at('done'))).toBe(before);
});

test('trials that are there keep their revision, and a run that adds to them names both', async () => {
  const { at, into, edit } = experiment();
  const first = await into('run', 'out');
  expect(first.stderr).toMatch(/results in (.*out)\nnext: approxifer report \1\n$/);
  edit('out', { revision: 'aaaa', times: { started: 'then', finished: 'later' } });
  const again = await into('run', 'out');
  expect([again.code, again.stdout]).toEqual([0, first.stdout]);
  expect(again.stderr.split('\n')).toContain(
    `${at('out')}: all trials were there already, made by revision aaaa; remove the folder to run them again`,
  );
  expect(readManifest(at('out'))).toMatchObject({
    status: 'done',
    revision: 'aaaa',
    times: { started: 'then', finished: 'later' },
  });

  const more = await into('run', 'out', '--trials', '8');
  const now = await revision();
  if (now) expect(more.stderr).toContain(`trials there are of revision aaaa, those to come of ${now}\n`);
  const both = joinRevisions('aaaa', now);
  expect(readManifest(at('out'))).toMatchObject({ trials: 8, revision: both });
  expect(await into('run', 'out', '--trials', '9')).toMatchObject({ stderr: expect.not.stringContaining('revision') });
  expect(readManifest(at('out')).revision).toBe(both);
  expect(joinRevisions('a, b', 'b')).toBe('a, b');
  expect(joinRevisions(null, null)).toBe(null);
});

test('tune and run refuse the folder of each other', async () => {
  const { at, into, edit } = experiment();
  await into('tune', 'tuned');
  await into('run', 'ran');
  expect(readManifest(at('tuned')).made_by).toBe('tune');
  expect(readManifest(at('ran')).made_by).toBeUndefined();
  const own = (there: string, here: string) =>
    `holds the result of "${there}"; give "${here}" a folder of its own with --out`;
  for (const before of ['tune', undefined] as const) {
    editManifest(at('tuned'), { made_by: before }); // folders from before made_by
    expect(await into('run', 'tuned')).toMatchObject({ code: 2, stderr: expect.stringContaining(own('tune', 'run')) });
    expect((await into('tune', 'tuned')).code).toBe(0);
  }
  expect(await into('tune', 'ran')).toMatchObject({ code: 2, stderr: expect.stringContaining(own('run', 'tune')) });
  edit('tuned', { status: 'running' });
  expect((await into('run', 'tuned')).code).toBe(2);
});

test("an oracle's λ is taken only from the same trials", async () => {
  const { at, into } = experiment(text.replace('tune: true', 'tune: oracle'));
  await into('run', 'out');
  const given = ['--tuned', path.join(at('out'), 'manifest.json')];
  expect((await into('run', 'same', ...given)).code).toBe(0);
  const seed = await into('run', 'seed', '--seed', '2', ...given);
  expect(seed).toMatchObject({ code: 2, stderr: expect.stringContaining('has seed 1, not 2; an oracle') });
  const more = await into('run', 'more', '--trials', '7', ...given);
  expect(more).toMatchObject({ code: 2, stderr: expect.stringContaining('has trials 6, not 7') });
});

test('tuning trials of a run without its manifest are nobody’s', async () => {
  const { at, into } = experiment();
  await into('run', 'out');
  for (const name of ['manifest.json', 'trials.csv']) rmSync(path.join(at('out'), name));
  expect(await into('run', 'out')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('trials without a manifest'),
  });
});

test('a folder is taken over from a process that is dead for sure, from no other', async () => {
  const { at, into } = experiment(text.replace('tune: true', 'lambdaDec: 0'));
  const lock = path.join(at('out'), '.lock');
  mkdirSync(at('out'));
  const refused = async (content: string | object, message: string) => {
    writeFileSync(lock, typeof content === 'string' ? content : JSON.stringify(content));
    const { code, stderr } = await into('run', 'out');
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(lock)).toBe(true);
  };
  const host = hostname();
  await refused('', 'another process is writing');
  await refused({ host, pid: process.ppid }, `process ${process.ppid} is writing`);
  await refused({ host: 'elsewhere', pid: 1 }, `process 1 on elsewhere is writing to this folder; wait for it`);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const ended = [{ host, pid }];
  // a process that has the number of one that ended
  const reused = existsSync('/proc/self/stat') ? [{ host, pid: process.ppid, started: '-1' }] : [];
  for (const holder of [...ended, ...reused]) {
    writeFileSync(lock, JSON.stringify(holder));
    expect((await into('run', 'out')).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  }
});

test('a run that stood still while another took its folder over stops, and leaves the folder to it', async () => {
  const { at } = experiment(text.replace('tune: true', 'lambdaDec: 0').replace(/trials: \d+/, 'trials: 100000'));
  const child = spawn(process.execPath, [launcher, 'run', at('c.yaml'), '--out', at('out'), '--jobs', '1']);
  let said = '';
  child.stderr.on('data', (words) => {
    said += words;
  });
  const exit = once(child, 'exit');
  const journal = path.join(at('out'), 'trials.journal.csv');
  while (!existsSync(journal)) await sleep(20);
  child.kill('SIGSTOP');
  const lock = path.join(at('out'), '.lock');
  const others = JSON.stringify({ host: 'elsewhere', pid: 1, token: '0123456789abcdef' });
  writeFileSync(lock, others);
  const before = readFileSync(journal, 'utf8');
  await sleep(1100);
  child.kill('SIGCONT');
  expect(await exit).toEqual([70, null]);
  expect(said).toContain('another process took this folder over while this one stood still');
  // a unit at most: one that was being written when it was stopped
  const after = readFileSync(journal, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  expect(after.slice(before.length).match(/^#/gm)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(readFileSync(lock, 'utf8')).toBe(others);
});
