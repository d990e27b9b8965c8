import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

test('the kinds of experiment are listed with what each is', async () => {
  const { code, stdout } = await cli('list', 'kinds', '--json');
  expect(code).toBe(0);
  const kinds = JSON.parse(stdout) as { name: string; summary: string }[];
  expect(kinds.map(({ name }) => name)).toEqual(['inference', 'samples', 'training', 'parity', 'serving']);
  for (const { summary } of kinds) expect(summary).not.toBe('');
});

test('a table of samples, which measure nothing, is refused with what they have instead', async () => {
  const folder = temporaryFolder();
  const config = path.join(folder, 'samples.yaml');
  writeFileSync(
    config,
    'name: s\nkind: samples\nmodel: lenet5-mnist\ndataset: mnist\nK: 2\nN: 4\ntrials: 1\nseed: 1\nschemes: [bacc]\n',
  );
  const run = path.join(folder, 'run');
  expect(await cli('run', config, '--out', run, '--jobs', '1')).toMatchObject({ code: 0 });
  for (const words of [
    ['table', run],
    ['check', run, '--against', run],
    ['diff', run, run],
  ]) {
    const { code, stderr } = await cli(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/kind: samples, which measures nothing: it has samples\.json in place of summary\.csv/);
  }
});

test('the references are listed with their trials', async () => {
  const { stdout } = await cli('list', 'references', '--json');
  const references = JSON.parse(stdout) as { name: string; summary: string }[];
  expect(references.find(({ name }) => name === 'quickstart')?.summary).toMatch(/^\d+ trials, seed \d+$/);
});
