import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { servingFigures } from '../../src/figures/pictures/serving.ts';
import { readSummary } from '../../src/results/read.ts';

it('codes whose latency is everywhere the same are one curve, those of another accuracy points of their own', () => {
  const folder = fileURLToPath(new URL('../../results/reference/serving-quickstart', import.meta.url));
  const figures = servingFigures(readSummary(folder), []);
  const legend = (name: string) =>
    figures.find((figure) => figure.name === name)!.picture.legend.map(({ label }) => label);
  expect(legend('p99-against-load')).toEqual([
    ...['Uncoded', 'Hedged', 'Replication', 'ParM'],
    ...['ApproxIFER, Kriging, any 10', 'ApproxIFER, Kriging, any 12'],
  ]);
  expect(legend('p99-against-accuracy')).toEqual([
    ...['Uncoded', 'Hedged', 'Replication', 'ParM'],
    ...['ApproxIFER, any 10', 'ApproxIFER, any 12', 'Kriging, any 10', 'Kriging, any 12'],
  ]);
});
