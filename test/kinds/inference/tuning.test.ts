import { expect, test } from 'vitest';
import { imagePool } from '../../../src/coded/draw.ts';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';
import { tuneExperiment } from '../../../src/kinds/inference/run.ts';
import { readManifest, readSummary } from '../../../src/results/read.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

test('a refinement tries the pairs between the best one and its neighbours, on the same trials', async () => {
  const lambdas = [0, 1e-8, 1e-6, 1e-4];
  const config = parseExperiment({
    name: 'tune',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: 4,
    N: 12,
    S: 2,
    trials: 2,
    schemes: [{ nercc: { tune: true } }],
    tune: { lambdaEnc: lambdas, lambdaDec: lambdas, trials: 4, refine: 1 },
  });
  const out = temporaryFolder();
  await tuneExperiment(config, { out, folder: '.', jobs: 1 });

  const rows = readSummary(out).map(({ key, trials, metrics }) => ({
    pair: [key.lambda_enc!, key.lambda_dec!] as const,
    trials,
    mse: metrics.get('mse')!.mean,
  }));
  const grid = rows.slice(0, 16);
  const [coarse] = [...grid].sort((a, b) => a.mse - b.mse);
  const around = new Map([
    [0, [0, 1e-9]],
    [1e-8, [1e-9, 1e-8, 1e-7]],
    [1e-6, [1e-7, 1e-6, 1e-5]],
    [1e-4, [1e-5, 1e-4]],
  ]);
  const [enc, dec] = coarse!.pair.map((best) => around.get(best)!);
  const wanted = enc!.flatMap((e) => dec!.map((d) => [e, d]));
  const tried = new Set(rows.map(({ pair }) => pair.join()));
  for (const pair of wanted) expect(tried).toContain(pair.join());
  expect(rows).toHaveLength(16 + wanted.length - 1);
  expect(new Set(rows.map(({ trials }) => trials))).toEqual(new Set([4]));

  const [best] = [...rows].sort((a, b) => a.mse - b.mse);
  expect(readManifest(out).tuned).toMatchObject([
    { lambdaEnc: best!.pair[0], lambdaDec: best!.pair[1], mean: best!.mse },
  ]);
});

test('tuning and report share the images of a data set without an overlap', () => {
  for (const length of [4, 5, 9, 12, 1000]) {
    const [tune, report] = (['tune', 'report'] as const).map((purpose) => {
      const pool = imagePool(purpose, true, length);
      return Array.from({ length: pool.size }, (_, index) => pool.at(index));
    });
    expect(tune).toHaveLength(Math.floor(length / 5));
    const all = [...tune!, ...report!].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length }, (_, index) => index));
  }
});
