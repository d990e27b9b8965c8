import { expect, test } from 'vitest';
import { openTrials } from '../../src/coded/open.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';

test('model and data that other threads or a later stage find changed are refused', async () => {
  const config = parseExperiment({
    name: 'changed',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: 4,
    N: 6,
    trials: 1,
    schemes: ['bacc'],
  });
  const stage = { config, folder: '.', purpose: 'report' as const, tuned: [] };
  const first = await openTrials(stage);
  const digests = { model: first.model.sha256, dataset: first.dataset.sha256 };
  await first.close();

  await (await openTrials({ ...stage, digests })).close();
  for (const what of ['model', 'dataset'])
    await expect(openTrials({ ...stage, digests: { ...digests, [what]: 'other' } })).rejects.toThrow(
      new RegExp(`^${what} .* was changed while the run was under way; start anew$`),
    );
});
