import { expect, test } from 'vitest';
import { expandConditions } from '../../../src/coded/conditions.ts';
import { imagePool } from '../../../src/coded/draw.ts';
import { parseExperiment } from '../../../src/kinds/inference/config.ts';
import { searchExperiment } from '../../../src/kinds/inference/experiment.ts';
import { tuningNotices } from '../../../src/kinds/inference/tuning-notices.ts';
import { readManifest, readSummary } from '../../../src/results/read.ts';
import { keyColumns } from '../../../src/results/schema.ts';
import { carryOut } from '../../../src/runs/run.ts';
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
  await carryOut(searchExperiment(config, { folder: '.', written: '' }), { out, jobs: 1 });

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

test('a search says that the best λ lies at the end of its grid, and that trials failed', async () => {
  const config = parseExperiment({
    name: 'tune',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    K: 4,
    N: 12,
    S: [2, 3],
    trials: 2,
    schemes: [{ nercc: { tune: true } }],
    // far too smooth on purpose: the least of these is the best
    tune: { lambdaEnc: [0], lambdaDec: [0.1, 1, 10], trials: 3, refine: 0 },
  });
  const notices: string[] = [];
  const experiment = searchExperiment(config, { folder: '.', written: '' });
  await carryOut(experiment, { out: temporaryFolder(), jobs: 1, onNotice: (line) => notices.push(line) });
  expect(notices).toEqual([
    'warning: NeRCC: best λ_dec = 0.1 is the smallest of the grid: try {logspace: [1e-3, 10, 5]} (2 of 2 conditions)',
  ]);

  const cell = (lambda: number, mse: readonly number[]) => ({
    key: keyColumns.map((column) => ({ lambda_enc: '0', lambda_dec: String(lambda) })[column as string] ?? ''),
    condition: 0,
    label: 'NeRCC',
    values: new Map((['mse', 'agreement'] as const).map((name) => [name, Float64Array.from(mse)])),
  });
  const surface = {
    conditions: expandConditions(config).slice(0, 1),
    cells: [cell(0.1, [9, 9, Number.NaN]), cell(1, [1, 1, Number.NaN]), cell(10, [0, Number.NaN, Number.NaN])],
    metricNames: ['mse', 'agreement'] as const,
  };
  expect(tuningNotices(config, true, surface)).toEqual([
    'NeRCC: the best λ failed in 1 of 3 trials of the search; see tuning/failures.csv',
    'NeRCC: 1 of 3 λ pairs failed in trials of the search and were not chosen from; see tuning/failures.csv',
  ]);
});
