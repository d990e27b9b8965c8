import { expect, test } from 'vitest';
import { verdictHtml } from '../../src/figures/report/verdict.ts';
import type { PairedRow } from '../../src/results/read.ts';
import { pairedLines } from '../../src/tables/paired.ts';
import { manifest, summaryRow } from '../helpers/run.ts';

const cells = ['BACC', 'NeRCC', 'ParM'].map((scheme) => summaryRow({ scheme }, { mse: [1, 2] }));
const [a, ...others] = cells.map(({ key }) => key);
const row = (b: PairedRow['b'], low: number, high: number, trials = 200): PairedRow => ({
  ...{ key: a!, a: a!, b, metric: 'mse', trials },
  ...{ mean: (low + high) / 2, sem: 1, low, high },
});
const html = (rows: readonly PairedRow[], written = 'name: x\n') =>
  verdictHtml(manifest({ written }), pairedLines(rows, ['mse']), cells, 0);

test('the report says what is compared with what, and in bold only what the trials decide', () => {
  const shown = html([row(others[0]!, 1, 3), row(others[1]!, -1, 3)], '# Claim tested: BACC is best.\nname: x\n');
  expect(shown).toContain('The config says: Claim tested: BACC is best.');
  expect(shown).toContain('Against BACC, over the same 200 trials (no verdict on what the config says);');
  expect(shown).toContain('<li class="decided">MSE: NeRCC is better; BACC − NeRCC = ');
  expect(shown).toContain('<li>MSE: not told apart; BACC − ParM = ');
  expect(html([row(others[0]!, 1, 3)])).not.toContain('no verdict');
});

test('nothing is decided by one trial, nor where conditions differ', () => {
  const single = html([row(others[0]!, Number.NaN, Number.NaN, 1)]);
  expect(single).toContain('Against BACC, over one trial;');
  const mixed = html([row(others[0]!, 1, 3), row(others[0]!, -3, -1)]);
  expect(mixed).toContain('worse under 1');
  const open = html([row(others[0]!, 1, 3), row(others[0]!, -3, 1)]);
  expect(open).toContain('not told apart under 1');
  for (const text of [single, mixed, open]) expect(text).not.toContain('decided');
  expect(html([row(others[0]!, 1, 3), row(others[0]!, 1, 2)])).toContain('class="decided"');
});
