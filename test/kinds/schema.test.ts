import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { fullJsonSchema } from '../../src/cli/schema.ts';
import { readConfig } from '../../src/config/load.ts';
import { kindOf } from '../../src/kinds/registry.ts';

const configs = fileURLToPath(new URL('../../configs/', import.meta.url));
const committed = JSON.parse(readFileSync(path.join(configs, 'schema.json'), 'utf8'));
const accepts = new Ajv2020({ strict: false }).compile(committed);

test('configs/schema.json is what the program validates with (npm run schema writes it)', async () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(await fullJsonSchema())));
});

const files = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));

test.each(files)('%s is valid, for the program and for an editor, and begins with the claim it tests', async (file) => {
  const text = readFileSync(path.join(configs, file), 'utf8');
  expect(text.split('\n')[0]).toMatch(/^# /);
  const { data } = readConfig(path.join(configs, file));
  (await kindOf(data)).load(data);
  expect([file, accepts(data), accepts.errors]).toEqual([file, true, null]);
});

const inference = { name: 'x', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 8, trials: 2, schemes: ['bacc'] };
const training = {
  name: 'x',
  kind: 'training',
  model: { logisticRegression: { iterations: 2 } },
  dataset: { mnist: { classes: [4, 9] } },
  K: 9,
  N: 12,
  schemes: ['avcc', { lcc: { E: 1 } }],
};
const parity = { name: 'x', kind: 'parity', dataset: 'mnist', K: 2 };

test.each([inference, { ...inference, kind: 'samples' }, training, parity])(
  'an editor and the program refuse a key that the kind has not ($kind)',
  async (config) => {
    expect(accepts(config)).toBe(true);
    for (const key of ['nonsense', 'lambda', 'faults'])
      expect([key, accepts({ ...config, [key]: 1 })]).toEqual([key, false]);
    expect(accepts({ ...config, kind: 'trainin' })).toBe(false);
  },
);

test('an editor refuses keys inside a training config that the program refuses', async () => {
  const { load } = await kindOf(training);
  const wrong: object[] = [
    { ...training, schemes: ['avc'] },
    { ...training, schemes: [{ avcc: { nonsense: 1 } }] },
    { ...training, schemes: [{ avcc: { recode: 'often' } }] },
    { ...training, schemes: [{ lcc: {}, avcc: {} }] },
    { ...training, model: { logisticRegression: { epochs: 1 } } },
    { ...training, stragglers: { nonsense: 1 } },
    { ...training, stragglers: { costs: { nonsense: 1 } } },
    { ...training, dataset: { mnist: { classes: [4, 9], nonsense: 1 } } },
    { ...training, patterns: 3 },
  ];
  for (const config of wrong) {
    expect(() => load(config)).toThrow();
    expect([config, accepts(config)]).toEqual([config, false]);
  }
});
