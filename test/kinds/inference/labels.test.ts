import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { labelsApart } from '../../../src/results/labels.ts';
import { type Manifest, manifestText } from '../../../src/results/manifest.ts';
import { cli } from '../../helpers/cli.ts';
import { folderWithConfig } from '../../helpers/folder.ts';

const config = `name: labels
model: {function: x-sin-x}
dataset: {uniform: {D: 1}}
K: 4
N: 12
S: 1
E: 1
attack: reversal
trials: 12
tune: {lambdaEnc: [0, 1e-3], lambdaDec: [0, 1e-3], trials: 5}
schemes: [{bacc: {locator: kriging}}, {nercc: {locator: kriging, tune: true}}]
`;

test('a folder with older default labels is refused with both labels, goes on with label:, and can be looked at', async () => {
  const at = folderWithConfig(config);
  const run = (out: string, ...words: string[]) => cli('run', at('c.yaml'), '--out', at(out), '--jobs', '1', ...words);
  expect((await run('new')).code).toBe(0);
  cpSync(at('new'), at('old'), { recursive: true });
  const file = path.join(at('old'), 'manifest.json');
  const text = readFileSync(file, 'utf8').replaceAll('-kriging-locator', '');
  writeFileSync(file, manifestText(JSON.parse(text) as Manifest));

  const { code, stderr } = await run('old');
  expect(code).toBe(2);
  expect(stderr).toContain(
    'has the labels "BACC" where this config now makes "BACC-kriging-locator", "NeRCC" where this config now makes "NeRCC-kriging-locator"; set label: BACC, label: NeRCC in those schemes to go on in it, or choose another folder',
  );
  const tuned = await run('other', '--tuned', file);
  expect(tuned.stderr).toContain('"NeRCC" where this config now makes "NeRCC-kriging-locator"');

  const viewed = await cli('inspect', 'trial', at('old'), '3');
  expect(viewed.stderr).toBe('');
  const named = await cli('inspect', 'trial', at('new'), '3');
  // under the labels of its own files; columns are as wide as their names
  const words = (shown: string) => shown.replaceAll('-kriging-locator', '').split(/\s+/);
  expect(words(viewed.stdout)).toEqual(words(named.stdout));
  expect(viewed.stdout).not.toContain('kriging-locator');
});

test('only labels that differ, and nothing else, are called so', () => {
  const label = (i: number, a: string, b: string) => ({ what: `config.schemes[${i}].label`, a, b });
  expect(labelsApart([])).toBeUndefined();
  expect(labelsApart([label(0, 'A', 'B'), { what: 'config.S[0]', a: 1, b: 2 }])).toBeUndefined();
  expect(labelsApart([label(0, 'A: b', 'B')])).toBe(
    'has the label "A: b" where this config now makes "B"; set label: "A: b" in that scheme',
  );
  expect(labelsApart([0, 1, 2, 3].map((i) => label(i, `A${i}`, `B${i}`)))).toContain(' and 1 more; set label: A0');
});
