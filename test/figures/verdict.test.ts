import { expect, test } from 'vitest';
import { compareSection } from '../../src/figures/report/compare.ts';
import { verdictHtml } from '../../src/figures/report/verdict.ts';
import type { MetricName } from '../../src/metrics/table.ts';
import type { PairedRow } from '../../src/results/read.ts';
import { pairedLines } from '../../src/tables/paired.ts';
import { manifest, summaryRow } from '../helpers/run.ts';

const cells = [
  summaryRow({ scheme: 'BACC' }, { degraded: [0.9, 0.9], unavailable: [1, 1] }),
  summaryRow({ scheme: 'ParM' }, { degraded: [0.2, 0.3], unavailable: [0.5, 0.5] }),
];
const [a, b] = cells.map(({ key }) => key);
const row: PairedRow = {
  ...{ key: a!, a: a!, b: b!, metric: 'degraded', trials: 200 },
  ...{ mean: 0.6, sem: 0.05, low: 0.5, high: 0.7 },
};

test('the report has no verdict on schemes that lost other queries', () => {
  const lines = pairedLines([row], ['degraded'], cells);
  expect(verdictHtml(manifest(), lines, cells, 0)).toContain(
    '<li>degraded accuracy: no verdict: not over the same queries; BACC − ParM = 0.60 [0.50, 0.70].</li>',
  );
  expect(verdictHtml(manifest(), [...lines, ...lines], cells, 0)).toContain('not over the same queries: no verdict.');
  // what its script compares has the queries with it
  const values = new Map([['degraded' as MetricName, { of: () => Float64Array.of(0.2, 0.3) }]]);
  const html = compareSection(lines, cells, values, 'approxifer');
  expect(html).toContain('"queries":["all lost",');
  expect(html).not.toContain('is better');
});

test('what the script compares has every digit, so that schemes that are nearly equal differ by what paired.csv says', () => {
  const values = [1234.5678901234, 1234.5678909876];
  const of = new Map([['mse' as MetricName, { of: () => Float64Array.from(values) }]]);
  const html = compareSection([], cells, of, 'approxifer');
  const { metrics } = JSON.parse(/id="trial-data"[^>]*>(.*?)<\/script>/s.exec(html)![1]!);
  expect(metrics[0].values[0]).toEqual(values);
});

test('the box says how many pairs it leaves out, and under which condition one stands', () => {
  const lines = Array.from({ length: 8 }, (_, i) => ({
    ...pairedLines([{ ...row, metric: 'mse' }], ['mse'], cells)[0]!,
    ...{ b: `NeRCC ${i}`, condition: `N = ${i}` },
  }));
  const html = verdictHtml(manifest(), lines, cells, 0);
  expect(html).toContain('(N = 5).</li><li>and 2 more</li>');
});
