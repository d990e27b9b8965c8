import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../../helpers/cli.ts';
import { folderWithConfig, temporaryFolder } from '../../helpers/folder.ts';

const yaml = (regression: string, N = 12) => `name: small
kind: training
model: {logisticRegression: ${regression}}
dataset: {mnist: {classes: [4, 9], train: 150, test: 60}}
K: 9
N: ${N}
schemes: [lcc, avcc]
`;

it('every command that takes a run or a config knows what to do with a training', { timeout: 120_000 }, async () => {
  const at = folderWithConfig(yaml('{iterations: 3}'));
  const config = at('c.yaml');
  const done = async (...words: string[]) => {
    const { code, stdout, stderr } = await cli(...words);
    expect([words, code, stderr]).toEqual([words, 0, expect.anything()]);
    return stdout;
  };
  expect(await done('validate', config)).toContain('valid: 2 cells, 1 trial\n');
  const dry = await done('run', config, '--dry-run', '--shard', '1/2');
  expect(dry).toMatch(/^trainings +1 of 3 iterations each\ntime +about .* \(from 1 trainings just measured\)$/m);
  expect(JSON.parse(await done('run', config, '--dry-run', '--json'))).toMatchObject({
    cells: 2,
    trainings: 2,
    seconds: expect.any(Number),
  });
  expect(existsSync('results/runs/small')).toBe(false);

  const run = await done('run', config, '--out', at('run'), '--jobs', '1');
  expect(run).toContain('| AVCC |');
  expect(await done('table', at('run'))).toMatch(/\| AVCC /);
  await done('figures', at('run'), '--format', 'svg,html');
  expect(readdirSync(path.join(at('run'), 'figures')).sort()).toEqual([
    'accuracy-against-time.svg',
    'speed-up.svg',
    'time-per-iteration.svg',
  ]);
  await done('accept', at('run'), '--to', at('reference'));
  expect(readFileSync(path.join(at('reference'), 'table.md'), 'utf8')).toContain('time (s)');
  expect(await done('check', at('run'), '--against', at('reference'))).toContain('same: nothing moved');
  expect(
    await done('run', config, '--out', at('other'), '--jobs', '1', '--set', 'stragglers.bandwidth=500'),
  ).toBeTruthy();
  expect(await done('diff', at('run'), at('other'))).toMatch(/total_s/);
  expect((await cli('check', at('other'), '--against', at('reference'))).code).toBe(6);

  for (const words of [
    ['tune', config],
    ['run', config, '--tuned', at('run/manifest.json')],
  ]) {
    const { code, stderr } = await cli(...words);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/: kind: training has no λ to search; give .*\n$/)]);
  }
});

it('wrong input is exit code 2 and one line that has the place', async () => {
  const file = path.join(temporaryFolder(), 'wrong.yaml');
  const refused = async (text: string) => {
    writeFileSync(file, text);
    const { code, stderr } = await cli('run', file, '--out', path.join(path.dirname(file), 'out'), '--jobs', '1');
    expect([code, stderr.trim().split('\n')]).toEqual([2, [expect.anything()]]);
    return stderr;
  };
  // found out only when the data are there
  expect(await refused(yaml('{errorBits: 20}'))).toMatch(/wrong\.yaml:3:\d+: errorBits: 20 overflows F_33554393: /);
  expect(await refused(yaml('{iterations: 0}'))).toMatch(/wrong\.yaml:3:42: iterations: must be at least 1, found 0/);
  expect(await refused(yaml('{}', 8))).toMatch(/wrong\.yaml:6:\d+: N = 8 workers are too few/);
  expect(await refused(yaml('{}').replace('K: 9', 'K: 0'))).toMatch(/wrong\.yaml:5:\d+: /);
});
