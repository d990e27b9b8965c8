import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = (name: string, ...words: string[]) => {
  const file = fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
  return spawnSync(process.execPath, [file, ...words], { encoding: 'utf8' });
};

test('a bit that flips in a file of a run, or in its data, never makes another result unseen', {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = script('flip-bits.js', '--count', '3', '--seed', '2');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/^\S+: \{("(refused|harmless|said)":\d+,?)+\}$/gm)).toHaveLength(13);
});

test('runs that are killed lose, double and leave nothing', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = script('kill-runs.js', '--kills', '3', '--only', 'run');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^run: \d+ kills in \d+ rounds\n$/);
});
