import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openTrials } from '../../src/coded/open.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { temporaryFolder } from '../helpers/folder.ts';

test('whatever other threads or a later stage find changed is refused', async () => {
  const folder = temporaryFolder();
  for (const file of ['lenet5-mnist-k2.onnx', 'lenet5-mnist-k2.json'])
    cpSync(path.resolve('models/parity', file), path.join(folder, 'own', file), { recursive: true });
  for (const file of ['lenet5-mnist-k2-encoder.onnx', 'lenet5-mnist-k2-decoder.onnx', 'lenet5-mnist-k2.json'])
    cpSync(path.resolve('models/learned', file), path.join(folder, 'learned', file), { recursive: true });
  const config = parseExperiment({
    name: 'changed',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: 2,
    N: 3,
    S: 1,
    trials: 1,
    schemes: [{ parm: { models: 'own' } }, { 'learned-code': { models: 'learned' } }],
  });
  const stage = { config, folder, purpose: 'report' as const, tuned: [] };
  const first = await openTrials(stage);
  const { digests } = first;
  await first.close();
  expect(Object.keys(digests)).toEqual([
    'model',
    'dataset',
    'scheme LearnedCode: k2 encoder',
    'scheme LearnedCode: k2 decoder',
    'parity model own/k2',
  ]);

  await (await openTrials({ ...stage, digests })).close();
  for (const what of Object.keys(digests))
    await expect(openTrials({ ...stage, digests: { ...digests, [what]: 'other' } })).rejects.toThrow(
      new RegExp(`^${what}.* was changed while the run was under way; start anew`),
    );
});
