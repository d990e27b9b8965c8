import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTwoClassData } from '../../../src/kinds/training/data.ts';
import { readManifest, readSummary } from '../../../src/results/read.ts';
import { randomStream } from '../../../src/util/random.ts';
import { cli } from '../../helpers/cli.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

describe('GISETTE', () => {
  function write(folder: string, name: string, data: string, labels: string): void {
    writeFileSync(path.join(folder, `gisette_${name}.data`), data);
    writeFileSync(path.join(folder, `gisette_${name}.labels`), labels);
  }

  /** Rows as GISETTE has them: mostly 0, the others up to 999, a blank at the end of each line; two classes that can be told apart. */
  function standIn(folder: string, name: string, rows: number, columns: number): void {
    const random = randomStream('gisette', name);
    const labels = Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const value = (label: number, j: number) => {
      const likely = j % 2 === (label === 1 ? 0 : 1) ? 0.3 : 0.1;
      return random.uniform() < likely ? Math.ceil(999 * random.uniform()) : 0;
    };
    const data = labels.map((label) => `${Array.from({ length: columns }, (_, j) => value(label, j)).join(' ')} \n`);
    write(folder, name, data.join(''), labels.map((label) => `${label}\n`).join(''));
  }

  it('is run from the files that the user has, wherever they are', async () => {
    const folder = temporaryFolder();
    const at = (name: string) => path.join(folder, name);
    mkdirSync(at('downloads'));
    standIn(at('downloads'), 'train', 80, 200);
    standIn(at('downloads'), 'valid', 40, 200);
    writeFileSync(
      at('gisette.yaml'),
      `name: gisette
kind: training
model: {logisticRegression: {iterations: 5, learningRate: 2}}
dataset: {gisette: downloads}
K: 9
N: 12
schemes: [lcc, avcc]
stragglers: {faults: [{S: 1, E: 1}]}
attack: {reversal: 1}
`,
    );
    const done = await cli('run', at('gisette.yaml'), '--out', at('out'), '--jobs', '1');
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringContaining('gisette: 80 points to train on, 40 to test with, 200 features'),
    ]);
    for (const row of readSummary(at('out'))) {
      expect(row.key.dataset).toBe('gisette');
      expect(row.metrics.get('exact')!.mean).toBe(1);
      expect(row.metrics.get('accuracy')!.mean).toBeGreaterThan(0.8);
    }
    expect(Object.keys(readManifest(at('out')).digests.data)).toEqual(['gisette']);

    // the same files in a folder of another name are the same experiment
    cpSync(at('downloads'), at('moved'), { recursive: true });
    writeFileSync(at('moved.yaml'), readFileSync(at('gisette.yaml'), 'utf8').replace('downloads', 'moved'));
    expect((await cli('run', at('moved.yaml'), '--out', at('out'), '--jobs', '1')).code).toBe(0);

    // the same config with other files is another experiment
    standIn(at('downloads'), 'valid', 44, 200);
    const refused = await cli('run', at('gisette.yaml'), '--out', at('out'), '--jobs', '1');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^approxifer: \S+ holds another experiment \(digests\.data\.gisette: .*\n$/),
    ]);
    expect((await cli('run', at('gisette.yaml'), '--out', at('other'), '--jobs', '1')).code).toBe(0);
    const checked = await cli('check', at('other'), '--against', at('out'));
    expect([checked.code, checked.stdout]).toEqual([6, expect.stringContaining('DIFFERENT digests.data.gisette')]);
  });

  it('is read from its text files', async () => {
    const folder = temporaryFolder();
    write(folder, 'train', '0 999 0 \n500 0 1 \n', '1\n-1\n');
    write(folder, 'valid', '1 2 3 \n', '-1\n');
    const { name, train, test } = await openTwoClassData({ gisette: '.' }, { folder });
    expect(name).toBe('gisette');
    expect([...train.x.data]).toEqual([0, 1, 0, 500 / 999, 0, 1 / 999]);
    expect([...train.y]).toEqual([1, 0]);
    expect([test.x.rows, test.x.columns]).toEqual([1, 3]);
  });

  it('says what is wrong with a file', async () => {
    const folder = temporaryFolder();
    const open = () => openTwoClassData({ gisette: folder });
    await expect(open()).rejects.toThrow(/gisette_train\.data cannot be read: no such file/);
    mkdirSync(folder, { recursive: true });
    write(folder, 'valid', '1 2\n', '1\n');
    write(folder, 'train', '1 2\n3\n', '1\n1\n');
    await expect(open()).rejects.toThrow(/train\.data:2: expected 2 numbers from 0 to 999/);
    write(folder, 'train', '1 2\n3 1000\n', '1\n1\n');
    await expect(open()).rejects.toThrow(/:2: expected/);
    write(folder, 'train', '1 2\n3 4\n', '1\n2\n');
    await expect(open()).rejects.toThrow(/labels:2: expected the label 1 or -1/);
    write(folder, 'train', '1 2\n3 4\n', '1\n');
    await expect(open()).rejects.toThrow(/1 labels for the 2 rows/);
    write(folder, 'train', '1 2 3\n', '1\n');
    await expect(open()).rejects.toThrow(/3 features to train on but 2/);
  });
});
