import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readSummary } from '../../src/results/read.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** A Python with PyTorch: the usual one, or Debian's. */
const interpreter = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import numpy, torch']).status === 0,
);
if (!interpreter) console.warn('the test of the PyTorch tutorial is skipped: there is no python3 with PyTorch');

test.skipIf(!interpreter)('the tutorial fits a decoder in PyTorch and runs it (needs `npm run build`)', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  for (const name of ['torch_decoder.py', 'torch_decoder.yaml', 'torch_decoder_train.yaml'])
    copyFileSync(path.resolve('python/examples', name), at(name));
  await cli('run', at('torch_decoder_train.yaml'), '--trials', '4', '--out', at('train'), '--jobs', '1');
  await cli('export', at('train'), '--out', at('batches'));
  const env = { ...process.env, PYTHONPATH: path.resolve('python') };
  const trained = spawnSync(interpreter!, [at('torch_decoder.py'), 'train', at('batches'), '10'], {
    encoding: 'utf8',
    env,
  });
  expect(trained.stderr).toBe('');
  const losses = [...trained.stdout.matchAll(/mse (\S+),/g)].map(([, loss]) => Number(loss));
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  const config = readFileSync(at('torch_decoder.yaml'), 'utf8').replace('python3', interpreter!);
  writeFileSync(at('c.yaml'), config);
  const { code, stderr } = await cli('run', at('c.yaml'), '--trials', '4', '--out', at('out'), '--jobs', '1');
  expect(stderr).toContain('results in');
  expect(code).toBe(0);
  const rows = readSummary(at('out'));
  const mse = (scheme: string, S: number) =>
    rows.find(({ key }) => key.scheme === scheme && key.S === S)!.metrics.get('mse')!.mean;
  for (const S of [4, 12]) expect(mse('Torch', S)).toBeLessThan(mse('BACC', S));
});
