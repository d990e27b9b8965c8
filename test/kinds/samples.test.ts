import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';

const config = `name: points
kind: samples
model: lenet5-mnist
dataset: mnist
K: [3, 4]
N: 8
S: 1
trials: 1
schemes: [bacc]
`;

test('arrays of a finished run are checked when it is run again, and shards with arrays merge', async () => {
  const at = folderWithConfig(config);
  const run = (out: string, ...words: string[]) => cli('run', at('c.yaml'), '--out', at(out), '--jobs', '1', ...words);
  expect((await run('whole')).code).toBe(0);
  for (const shard of [1, 2]) expect((await run(`${shard}`, '--shard', `${shard}/2`)).code).toBe(0);
  const whole = readdirSync(at('whole')).filter((name) => name !== 'manifest.json');
  const merged = await cli('merge', at('merged'), at('1'), at('2'));
  expect([merged.code, merged.stderr]).toEqual([0, expect.stringContaining('results in')]);
  for (const name of whole)
    expect(readFileSync(`${at('merged')}/${name}`).equals(readFileSync(`${at('whole')}/${name}`)), name).toBe(true);

  const array = `${at('whole')}/samples-1.npy`;
  const good = readFileSync(array);
  const bad = Buffer.from(good);
  bad[200]! ^= 1;
  writeFileSync(array, bad);
  expect(await run('whole')).toMatchObject({ code: 2, stderr: expect.stringContaining('is not what the run wrote') });
  rmSync(array);
  expect(await run('whole')).toMatchObject({ code: 2, stderr: expect.stringContaining('samples-1.npy: is gone') });
  expect(existsSync(array)).toBe(false);
  writeFileSync(array, good);
  expect((await run('whole')).code).toBe(0);
});
