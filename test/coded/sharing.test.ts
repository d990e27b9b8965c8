import { expect, test } from 'vitest';
import { sameEncoding } from '../../src/codecs/encoder.ts';
import { kriging } from '../../src/codecs/kriging.ts';
import { parm } from '../../src/codecs/parity.ts';
import { openTrials } from '../../src/coded/open.ts';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { tinyTrials } from '../helpers/tiny.ts';

const base = { name: 's', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 8, trials: 1 };
const sharedBy = (schemes: unknown[], more: object = {}) =>
  makePlan(parseExperiment({ ...base, ...more, schemes })).codedBatches.map(({ cells }) =>
    cells.map(({ key }) => key.scheme),
  );

test('parity models of another folder are other models: they are opened, not taken for those that ship', async () => {
  const schemes = ['parm', { parm: { models: './does-not-exist', label: 'ParM-mine' } }];
  const more = { K: 2, N: 3 };
  expect(sharedBy(schemes, more)).toEqual([['ParM'], ['ParM-mine']]);
  const config = parseExperiment({ ...base, ...more, schemes });
  const opened = openTrials({ config, folder: temporaryFolder(), purpose: 'report', tuned: [] });
  await expect(opened).rejects.toThrow(/no parity model lenet5-mnist-k2\.onnx in .*does-not-exist/);
});

test('what is inferred once follows from the coded points, whatever the schemes are called', () => {
  expect(sharedBy(['bacc', 'approxifer', { bacc: { label: 'b', locator: 'kriging' } }])).toEqual([
    ['BACC', 'ApproxIFER', 'b'],
  ]);
  // as many workers as queries: copies of the queries either way
  expect(sharedBy([{ replication: { placement: 'block' } }, 'uncoded', 'parm'], { N: 4 })).toEqual([
    ['Replication', 'Uncoded', 'ParM'],
  ]);
});

test('an order that depends on the batch is shared where the codes are equal too', () => {
  const schemes = [
    'kriging',
    { kriging: { label: 'located', locator: 'kriging' } },
    { kriging: { label: 'given', order: 'given' } },
    { kriging: { label: 'wide', placement: { c: 1 } } },
  ];
  expect(sharedBy(schemes)).toEqual([['Kriging', 'located'], ['given'], ['wide']]);
});

test('points that are no sums of queries, and the models of workers, tell encoders apart', () => {
  const options = (more: object) => parm.options.parse(more);
  const addition = parm.encoder(4, 5, options({}));
  const tiles = parm.encoder(4, 5, options({ code: 'concatenation' }));
  expect(sameEncoding(tiles, parm.encoder(4, 5, options({ code: 'concatenation', fallback: 'random' })))).toBe(true);
  expect(sameEncoding(tiles, { ...tiles, points: new Map() })).toBe(false);
  expect(sameEncoding(addition, { ...addition, workerModels: new Map() })).toBe(false);
  const other = kriging.encoder(4, 5, kriging.options.parse({}));
  expect(sameEncoding(other, { ...other, order: () => new Int32Array(4) })).toBe(false);
});

test('schemes that share points get the results that each gets alone', async () => {
  const shared = await tinyTrials(3, { schemes: ['bacc', 'approxifer'] });
  const [bacc, approxifer] = await Promise.all(
    ['bacc', 'approxifer'].map((name) => tinyTrials(3, { schemes: [name] })),
  );
  expect(shared.inferred).toBe(bacc!.inferred);
  for (const trial of [0, 1, 2])
    for (const [S] of [1, 3, 6, 9].entries()) {
      expect(shared.results[trial]!.cells[2 * S]).toEqual(bacc!.results[trial]!.cells[S]);
      expect(shared.results[trial]!.cells[2 * S + 1]).toEqual(approxifer!.results[trial]!.cells[S]);
    }
});
