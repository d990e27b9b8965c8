import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** A config with some lines replaced; `null` leaves the line out. */
function config(changes: Record<string, string | null> = {}): string {
  const lines: Record<string, string | null> = {
    name: 'bad',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: '4',
    N: '12',
    S: '2',
    trials: '2',
    schemes: '[bacc]',
    ...changes,
  };
  return Object.entries(lines)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

test.each([
  ['an empty config', '', '1:1', 'the config is empty'],
  ['a comment only', '# nothing\n', '1:1', 'the config is empty'],
  ['malformed YAML', 'name: [a\nmodel: b\n', '2:1', ''],
  ['an unknown key', config({ schemas: '[bacc]' }), '9:1', 'unknown key "schemas"; did you mean "schemes"?'],
  ['a wrong type', config({ K: 'four' }), '4:4', 'found "four"'],
  ['a missing key', config({ trials: null }), '1:1', 'trials: expected a number, it is missing'],
  ['S >= N', config({ S: '12' }), '6:4', 'S must be below N'],
  ['K > N for replication', config({ K: '20', schemes: '[replication]' }), '8:11', 'N = 12 is less than K = 20'],
  ['K larger than the data set', config({ K: '20000' }), '4:4', '10000 points'],
  ['a negative λ', config({ schemes: '[nercc: {lambdaEnc: -1}]' }), '8:30', 'must be at least 0, found -1'],
  ['an unknown option', config({ schemes: '[nercc: {lambdaEncc: 1}]' }), '8:19', 'did you mean "lambdaEnc"?'],
  ['two kinds of model', config({ model: '{onnx: a, tfjs: b}' }), '2:18', 'key "tfjs" does not go with "onnx"'],
  ['an unknown scheme', config({ schemes: '[bac]' }), '8:11', 'did you mean "bacc"?'],
  ['two schemes with one label', config({ schemes: '[bacc, bacc]' }), '8:17', 'two schemes have the label "BACC"'],
  ['an unknown model', config({ model: 'lenet-mnist' }), '2:8', 'did you mean "lenet5-mnist"?'],
  [
    'an unknown closed form',
    config({ model: '{function: linear}' }),
    '2:19',
    'expected one of x-sin-x, mlp, found "linear"',
  ],
  ['an unknown data set', config({ dataset: 'mnst' }), '3:10', 'did you mean "mnist"?'],
  [
    'two kinds of model, and a key of both',
    config({ model: '{onnx: a, tfjs: b, input: {}}' }),
    '2:18',
    'key "tfjs" does not go with "onnx": one of',
  ],
  ['a missing model file', config({ model: '{onnx: none.onnx}' }), '2:8', 'no such file'],
  ['a model that is not ONNX', config({ model: '{onnx: bad.yaml}' }), '2:8', 'is not an ONNX file'],
  ['an unknown straggler model', config({ stragglers: '{bernouli: 0.1}' }), '9:14', 'did you mean "bernoulli"?'],
  [
    'an attack written as kind and size',
    config({ attack: '{kind: gaussian, sigma: 1}' }),
    '9:10',
    'known keys: gaussian, workers, constant, reversal',
  ],
  ['an empty range', config({ S: '{from: 5, to: 1, step: 1}' }), '6:4', 'the range is empty'],
  ['tuning without a grid', config({ schemes: '[nercc: {tune: true}]' }), '8:11', 'no tune:'],
  ['λ and tuning at once', config({ schemes: '[nercc: {tune: true, lambdaEnc: 0}]' }), '8:25', 'not both'],
  [
    'tuning where nobody would answer',
    config({ schemes: '[nercc: {tune: true}]', tune: '{lambdaEnc: 0, lambdaDec: 0, S: 30}' }),
    '9:39',
    'S = 30 stragglers of N = 12 workers leave nobody',
  ],
  [
    'a figure of a metric that is not there',
    config({ figures: '[{x: S, y: mse}, {x: S, y: msee}]' }),
    '9:27',
    '"mse"?',
  ],
  ['tuning in samples', config({ kind: 'samples', schemes: '[nercc: {tune: true}]' }), '8:25', 'searches no λ'],
])('%s is refused with its place', async (_, text, place, message) => {
  const file = path.join(temporaryFolder(), 'bad.yaml');
  writeFileSync(file, text);
  const { code, stdout, stderr } = await cli('run', file, '--out', path.join(path.dirname(file), 'out'));
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(`${file}:${place}: `);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(existsSync(path.join(path.dirname(file), 'out', 'manifest.json'))).toBe(false);
});

test('validate finds what is wrong with figures and tuning too', async () => {
  const file = path.join(temporaryFolder(), 'bad.yaml');
  for (const changes of [
    { figures: '[{x: s, y: mse}]' },
    { schemes: '[nercc: {tune: true}]', tune: '{lambdaEnc: 0, lambdaDec: 0, S: 12}' },
  ]) {
    writeFileSync(file, config(changes));
    expect(await cli('validate', file)).toMatchObject({ code: 2, stderr: expect.stringMatching(/bad\.yaml:9:\d+: /) });
  }
});

test('samples refuse λ of a tuning', async () => {
  const flag = '--tuned=x/manifest.json';
  const file = path.join(temporaryFolder(), 'samples.yaml');
  writeFileSync(file, config({ kind: 'samples' }));
  const { code, stderr } = await cli('run', file, '--out', path.join(path.dirname(file), 'out'), flag);
  expect([code, stderr]).toEqual([2, expect.stringContaining('kind: samples searches no λ')]);
});

test('an ONNX file with another input than the data set is refused', async () => {
  const { linearGraph, writeOnnx } = await import('../helpers/onnx.ts');
  const folder = temporaryFolder();
  await writeOnnx(path.join(folder, 'other.onnx'), linearGraph([3], 2, [1, 0, 0, 1, 1, 1]));
  writeFileSync(path.join(folder, 'bad.yaml'), config({ model: '{onnx: other.onnx}' }));
  const { code, stderr } = await cli('run', path.join(folder, 'bad.yaml'), '--out', path.join(folder, 'out'));
  expect(code).toBe(2);
  expect(stderr).toMatch(/bad\.yaml:2:8: .*\[3\].*\[1,28,28\]/);
});

test.each([
  ['a missing config', ['run', 'none.yaml'], 'no such file'],
  ['an unknown command', ['runn'], "unknown command 'runn'"],
  ['a wrong option value', ['run', 'quickstart', '--trials', 'many'], 'Expected a whole number'],
  ['an unknown override', ['run', 'quickstart', '--set', 'trils=3'], 'did you mean "trials"?'],
  ['a wrong override', ['run', 'quickstart', '--set', 'K=0'], '--set K: must be at least 1, found 0'],
  ['an output folder that cannot be written', ['run', 'quickstart', '--out', '/dev/null/out'], 'cannot be written'],
  ['a shard beyond the count', ['run', 'quickstart', '--shard', '9/8'], 'such as 3/8'],
])('%s is refused', async (_, words, message) => {
  const { code, stderr } = await cli(...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('a folder of another experiment is left alone', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'a.yaml');
  mkdirSync(path.join(folder, 'out'));
  const run = (changes: Record<string, string>) => {
    writeFileSync(file, config(changes));
    return cli('run', file, '--out', path.join(folder, 'out'), '--jobs', '1');
  };
  expect((await run({})).code).toBe(0);
  const other = await run({ S: '3' });
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('holds another experiment (config.S[0]: 2 there, 3 here)');
  const more = await run({ schemes: '[bacc, replication]' });
  expect(more.stderr).toMatch(
    /holds another experiment, with other schemes \(1 there, 2 here\); choose another folder/,
  );
  expect((await run({ trials: '1' })).stderr).toContain('holds 2 trials of this experiment; fewer (1)');
  expect((await run({ seed: '7' })).stderr).toContain('with seed 1, not 7');
  expect((await run({ trials: '3' })).code).toBe(0);
});
