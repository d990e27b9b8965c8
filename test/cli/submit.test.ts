import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';

const config = `name: parts
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 6
schemes: [bacc]
`;

afterEach(() => {
  vi.unstubAllEnvs();
});

test('the parts of a batch system, merged from the folder that they are in, are one plain run', async () => {
  const at = folderWithConfig(config);
  const run = (out: string, ...words: string[]) => cli('run', at('c.yaml'), '--jobs', '1', '--out', at(out), ...words);
  await run('plain');
  for (const index of [0, 1]) {
    vi.stubEnv('SLURM_ARRAY_TASK_ID', String(index));
    expect((await run(`parts/${index}`, '--shard', 'auto/2')).code).toBe(0);
  }
  vi.stubEnv('SLURM_ARRAY_TASK_ID', '2');
  const third = await run('parts/2', '--shard', 'auto/2');
  expect(third).toMatchObject({ code: 2, stderr: expect.stringContaining('--array=0-1') });
  writeFileSync(path.join(at('parts'), 'merge.log'), '');
  expect((await cli('merge', at('merged'), at('parts'))).code).toBe(0);
  const text = (folder: string, file: string) => readFileSync(path.join(at(folder), file), 'utf8');
  for (const file of ['trials.csv', 'summary.csv', 'table.md']) expect(text('merged', file)).toBe(text('plain', file));
  mkdirSync(at('empty'));
  expect(await cli('merge', at('none'), at('empty'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('neither it nor a folder in it is a shard'),
  });
});

test('in a batch system a folder that is in use is waited for, and taken over after silence', async () => {
  const at = folderWithConfig(config);
  mkdirSync(at('out'));
  const lock = path.join(at('out'), '.lock');
  writeFileSync(lock, JSON.stringify({ host: 'n3', pid: 41 }));
  const silence = Date.now() / 1000 - 12;
  utimesSync(lock, silence, silence);
  vi.stubEnv('JOB_COMPLETION_INDEX', '0');
  const began = performance.now();
  const { code, stderr } = await cli('run', at('c.yaml'), '--jobs', '1', '--out', at('out'));
  expect(code).toBe(0);
  expect(stderr).toMatch(/process 41 on n3 is writing to this folder \(last sign of life 1\d s ago\); waiting/);
  expect(performance.now() - began).toBeGreaterThan(2000);
});

test('submit prints what it would submit, and submits that', async () => {
  const at = folderWithConfig(config);
  const out = at("it's here");
  const words = ['submit', at('c.yaml'), '--slurm', '3', '--out', out, '--set', 'S=[1, 2]'];
  const dry = await cli(...words, '--dry-run', '--', '--time=5');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toContain("--set 'S=[1, 2]' --shard auto/3 --out ");
  expect(dry.stdout).toContain('#SBATCH --array=0-2\n');
  // an sbatch that keeps what it is given
  const bin = at('bin');
  mkdirSync(bin);
  const fake = `#!/bin/sh\necho "$@" >> ${at('words')}\ncat >> ${at('jobs')}\nwc -l < ${at('words')}\n`;
  writeFileSync(path.join(bin, 'sbatch'), fake);
  chmodSync(path.join(bin, 'sbatch'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  expect(await cli(...words, '--', '--time=5')).toMatchObject({ code: 0, stdout: 'parts: job 1, merge: job 2\n' });
  expect(readFileSync(at('words'), 'utf8')).toBe(
    '--parsable --time=5\n--parsable --time=5 --dependency=afterok:1 --kill-on-invalid-dep=yes\n',
  );
  for (const line of readFileSync(at('jobs'), 'utf8').split('\n')) expect(dry.stdout).toContain(line);
  writeFileSync(path.join(bin, 'sbatch'), '#!/bin/sh\necho "no such partition" >&2\nexit 1\n');
  expect(await cli(...words)).toMatchObject({ code: 70, stderr: expect.stringContaining('no such partition') });
});

test('submit prints jobs for Kubernetes', async () => {
  const at = folderWithConfig(config.replace('name: parts', 'name: Big_run.1'));
  const words = ['submit', at('c.yaml'), '--kubernetes', '3', '--out', 'out'];
  expect((await cli(...words)).code).toBe(2);
  const { stdout } = await cli(...words, '--image', 'x/y', '--claim', 'work');
  const [parts, merge] = parseAllDocuments(stdout).map((document) => document.toJS());
  expect(parts).toMatchObject({
    kind: 'Job',
    metadata: { name: 'big-run-1-parts' },
    spec: { completions: 3, completionMode: 'Indexed', template: { spec: { restartPolicy: 'Never' } } },
  });
  expect(parts.spec.template.spec.containers[0].command[2]).toContain('--out out-parts/$JOB_COMPLETION_INDEX');
  expect(merge.spec.template.spec.containers[0].command[2]).toBe('approxifer merge out out-parts');
});
