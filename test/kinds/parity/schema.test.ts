import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/cli/load.ts';
import { readConfig } from '../../../src/config/load.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const load = async (text: string) => {
  const file = path.join(temporaryFolder(), 'parity.yaml');
  writeFileSync(file, text);
  return (await loadConfig(readConfig(file))).loaded.config;
};
const head = 'name: p\nkind: parity\ndataset: mnist\n';

describe('a config of kind parity', () => {
  it('has the defaults of the ParM authors', async () => {
    expect(await load(`${head}K: 2\n`)).toEqual({
      name: 'p',
      kind: 'parity',
      dataset: 'mnist',
      K: 2,
      seed: 1,
      training: {
        architecture: 'mlp',
        code: 'addition',
        row: 0,
        epochs: 20,
        baseEpochs: 10,
        batch: 64,
        learningRate: 1e-3,
        weightDecay: 1e-5,
      },
    });
  });

  it.each([
    ['K: 1\n', /parity\.yaml:4:4: .*at least 2/],
    ['K: 2\ntraining: {epochs: 0}\n', /parity\.yaml:5:20: .*at least 1/],
    ['K: 2\ntraining: {arcitecture: mlp}\n', /parity\.yaml:5:12: .*did you mean "architecture"/],
    ['K: 2\ntraining: {code: concatenation, row: 1}\n', /parity\.yaml:5:38: .*row must be 0/],
  ])('refuses %j with its place', async (rest, message) => {
    await expect(load(head + rest)).rejects.toThrow(message);
  });
});
