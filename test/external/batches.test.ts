import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readSummary } from '../../src/results/read.ts';
import { cli } from '../helpers/cli.ts';
import { dataFolder } from '../helpers/data.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { hasNumPy, python } from '../helpers/python.ts';

/** Recomputes mse and relacc of every cell from exported arrays alone, and the BACC decodes from answers and survivors. */
const recompute = `
import sys
import numpy as np
import approxifer
sys.path.insert(0, sys.argv[2])
from bacc import berrut
b = approxifer.load_batches(sys.argv[1])
rows = approxifer.load_run(sys.argv[1])
for cell in b.cells:
    truth, labels, decoded = b.truth(cell), b.labels(cell), b.decoded(cell)
    assert np.allclose(b.points(cell).reshape(len(truth), cell['N'], -1),
        np.einsum('tnk,tkd->tnd', b.matrix(cell), b.queries(cell).reshape(len(truth), cell['K'], -1)), atol=1e-4)
    mse = ((decoded - truth[:, None]) ** 2).sum(axis=3).mean(axis=(1, 2))
    base = (truth.argmax(axis=2) == labels).mean(axis=1)
    relacc = ((decoded.argmax(axis=3) == labels[:, None]).mean(axis=2) / base[:, None]).mean(axis=1)
    own = [r for r in rows if r['scheme'] == cell['scheme'] and r['S'] == float(cell['S']) and r['E'] == float(cell['E'])]
    assert np.allclose(mse, [r['mse'] for r in own], rtol=1e-6, atol=1e-12), cell
    assert np.allclose(relacc, [r['relacc'] for r in own], atol=1e-6), cell
    assert (b.survivors(cell).sum(axis=2).mean(axis=1) == [r['survivors'] for r in own]).all()
    assert (b.liars(cell).sum(axis=2) == cell['E']).all()
    if cell['scheme'] == 'BACC':
        K, N = cell['K'], cell['N']
        alpha = np.cos((2 * np.arange(K) + 1) * np.pi / (2 * K))
        beta = np.cos(np.arange(N) * np.pi / (N - 1))
        for t in range(len(truth)):
            for p in range(decoded.shape[1]):
                F = np.flatnonzero(b.survivors(cell)[t, p])
                assert np.allclose(berrut(beta[F], alpha) @ b.received(cell)[t, p, F], decoded[t, p], rtol=1e-9, atol=1e-9)
print(len(b.cells))
`;

const models = [
  { model: 'lenet5-mnist', dataset: 'mnist', runs: true },
  { model: 'resnet20-cifar10', dataset: 'cifar10', runs: dataFolder !== undefined },
];
for (const { model, dataset, runs } of models)
  test.skipIf(!hasNumPy || !runs)(
    `exported batches give the metrics of every scheme back in NumPy: ${model}`,
    async () => {
      if (dataFolder) process.env.APPROXIFER_DATA = dataFolder;
      const folder = temporaryFolder();
      const at = (name: string) => path.join(folder, name);
      writeFileSync(
        at('c.yaml'),
        `name: own
model: ${model}
dataset: ${dataset}
K: 4
N: 14
S: [1, 4]
E: [0, 1]
attack: gaussian
patterns: 2
trials: 3
schemes: [bacc, {nercc: {lambdaEnc: 1.0e-6, lambdaDec: 1.0e-5}}, {bacc: {locator: kriging, label: Located}}, {nercc: {order: path, label: Path}}]
`,
      );
      expect((await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1')).code).toBe(0);
      expect((await cli('export', at('out'), '--trials', '0,2', '--out', at('batches'))).code).toBe(0);
      const examples = path.resolve('python/examples');
      expect(python(recompute, at('batches'), examples).trim()).toBe('16');
      // a trial looked at is the trial of the run
      const { stdout } = await cli('inspect', 'trial', at('out'), '2', '--json');
      const { cells, queries } = JSON.parse(stdout) as {
        cells: { key: { scheme: string }; errors: number[]; liars: number[]; survivors: number[] }[];
        queries: { queries: { index: number }[] }[];
      };
      const indices = python(
        'import sys, json, approxifer; b = approxifer.load_batches(sys.argv[1]); print(json.dumps(b.indices(b.cells[0])[1].tolist()))',
        at('batches'),
      );
      expect(queries[0]!.queries.map(({ index }) => index)).toEqual(JSON.parse(indices));
      expect(cells).toHaveLength(32);
      for (const { liars, survivors } of cells) for (const liar of liars) expect(survivors).toContain(liar);
    },
  );

test.skipIf(!hasNumPy)('a decoder run offline joins the paired run', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  writeFileSync(
    at('c.yaml'),
    'name: own\nmodel: lenet5-mnist\ndataset: mnist\nK: 4\nN: 14\nS: 4\ntrials: 5\nschemes: [bacc, nercc]\n',
  );
  await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1');
  await cli('export', at('out'), '--out', at('batches'));
  python(
    `import sys, approxifer
b = approxifer.load_batches(sys.argv[1])
cell = b.cell('BACC')
b.save_decoded(sys.argv[2], cell, b.decoded(cell))`,
    at('batches'),
    at('mine'),
  );
  const { code, stdout, stderr } = await cli(
    'import-decoded',
    at('batches'),
    at('mine'),
    '--label',
    'Mine',
    '--out',
    at('joined'),
  );
  expect(stderr).toContain('results in');
  expect(code).toBe(0);
  expect(stdout).toContain('Mine');
  const rows = readSummary(at('joined'));
  const mse = (scheme: string) => rows.find(({ key }) => key.scheme === scheme)!.metrics.get('mse');
  expect(rows).toHaveLength(3);
  expect(mse('Mine')).toEqual(mse('BACC'));
  expect(mse('BACC')).toEqual(
    readSummary(at('out'))
      .find(({ key }) => key.scheme === 'BACC')!
      .metrics.get('mse'),
  );
  const twice = await cli('import-decoded', at('batches'), at('mine'), '--label', 'BACC', '--out', at('twice'));
  expect(twice.code).toBe(2);
  expect(twice.stderr).toMatch(/--label BACC: a scheme of the run has this name; give another/);
});

test('exported arrays that were changed are not joined with a run', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  writeFileSync(
    at('c.yaml'),
    'name: own\nmodel: lenet5-mnist\ndataset: mnist\nK: 2\nN: 4\ntrials: 2\nschemes: [bacc]\n',
  );
  expect((await cli('run', at('c.yaml'), '--out', at('out'), '--jobs', '1')).code).toBe(0);
  expect((await cli('export', at('out'), '--out', at('batches'))).code).toBe(0);
  mkdirSync(at('own'));
  copyFileSync(at('batches/cell0/decoded.npy'), at('own/cell0.npy'));
  const join = async (label: string, name: string) => {
    const { code, stderr } = await cli('import-decoded', at('batches'), at('own'), '--label', label, '--out', at(name));
    return code === 0 ? '' : stderr;
  };
  expect(await join('Own', 'whole')).toBe('');
  expect(readSummary(at('whole')).map(({ key }) => key.scheme)).toEqual(['BACC', 'Own']);
  expect(await join('BACC ', 'alike')).toMatch(/a scheme of the run has this name/);
  expect(await join('\u001b[31m', 'red')).toMatch(/--label: write plain text/);
  // what only a decoder reads counts as well: what it makes of damaged answers is no result
  for (const name of ['index.json', 'trials.csv', 'K2/truth-logits.npy', 'K2/labels.npy', 'code0/answers-logits.npy']) {
    const before = readFileSync(at(`batches/${name}`));
    const flipped = Buffer.from(before);
    flipped[flipped.length - 20]! ^= 1;
    writeFileSync(at(`batches/${name}`), flipped);
    expect(await join('Own', `flip-${path.basename(name)}`)).toMatch(/export the run again/);
    if (hasNumPy && name.endsWith('answers-logits.npy'))
      expect(() =>
        python(
          'import sys, approxifer\nb = approxifer.load_batches(sys.argv[1])\nb.answers(b.cells[0])',
          at('batches'),
        ),
      ).toThrow(/is not what was exported/);
    writeFileSync(at(`batches/${name}`), before);
  }
  rmSync(at('batches/K2/labels.npy'));
  expect(await join('Own', 'gone')).toMatch(/labels.npy: cannot be read: no such file/);
});
