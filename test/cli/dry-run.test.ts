import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const common = 'name: dry\nmodel: lenet5-mnist\ndataset: mnist\nK: 4\nN: 12\nS: 2\ntrials: 2\n';

function configFile(rest: string): string {
  const file = path.join(temporaryFolder(), 'dry.yaml');
  writeFileSync(file, common + rest);
  return file;
}

test('--dry-run prints the same as text and as JSON', async () => {
  const file = configFile('schemes: [nercc: {tune: true}]\ntune: {lambdaEnc: 0, lambdaDec: [0, 1.0e-6], trials: 3}\n');
  for (const command of ['run', 'tune']) {
    const text = await cli(command, file, '--dry-run', '--jobs', '1');
    const json = await cli(command, file, '--dry-run', '--jobs', '1', '--json');
    expect([text.code, json.code]).toEqual([0, 0]);
    const { experiment, cells, inferences, decodes } = JSON.parse(json.stdout);
    const lines = Object.entries({ experiment, cells, inferences, decodes });
    for (const [name, value] of lines) expect(text.stdout).toMatch(new RegExp(`^${name} +${value}$`, 'm'));
  }
});

test('a shard without trials has an estimate', async () => {
  const { code, stdout } = await cli('run', configFile('schemes: [bacc]\n'), '--shard', '3/8', '--dry-run');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^trials +none in this shard$/m)]);
});

test('samples infer and decode nothing', async () => {
  const file = configFile('kind: samples\nschemes: [bacc, nercc]\n');
  const { stdout } = await cli('run', file, '--dry-run');
  expect(stdout).toMatch(/^points +4 queries and 24 coded points$/m);
  expect(stdout).not.toMatch(/inferences|decodes/);
  expect(JSON.parse((await cli('run', file, '--dry-run', '--json')).stdout)).toEqual({
    experiment: 'dry',
    codedBatches: 2,
    queries: 4,
    codedPoints: 24,
  });
});

test('a long label keeps its distance to its value', async () => {
  const load = 'load: {rate: 5, requests: 20, warmup: 2}\nclock: {local: 12}\n';
  const file = path.join(temporaryFolder(), 'dry.yaml');
  writeFileSync(file, `${common.replace('S: 2\n', '')}kind: serving\nschemes: [bacc]\n${load}`);
  const { stdout } = await cli('run', file, '--dry-run');
  expect(stdout).toMatch(/^load points and schemes {2}1$/m);
});
