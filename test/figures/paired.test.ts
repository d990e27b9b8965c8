import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesStyles } from '../../src/figures/palette.ts';
import { pairedFigures } from '../../src/figures/pictures/paired.ts';
import { position, signedAxis } from '../../src/figures/plot/scale.ts';
import type { PairedRow } from '../../src/results/read.ts';
import { pairedLines } from '../../src/tables/paired.ts';
import { drawn, marksOf } from '../helpers/pictures.ts';
import { summaryRow } from '../helpers/run.ts';

const schemes = ['BACC', 'NeRCC0', 'NeRCC'];
const styles = seriesStyles(schemes);

function row(b: string, S: number, mean: number, half: number): PairedRow {
  const { key } = summaryRow({ scheme: 'BACC', S }, {});
  const side = (scheme: string) => ({
    scheme,
    N: key.N,
    lambda_enc: undefined,
    lambda_dec: undefined,
    order: '',
    options: '',
  });
  return {
    key,
    metric: 'mse',
    a: side('BACC'),
    b: side(b),
    trials: 200,
    mean,
    sem: half / 1.96,
    low: mean - half,
    high: mean + half,
  };
}

const figuresOf = (rows: readonly PairedRow[]) => pairedFigures(pairedLines(rows, ['mse']), styles);

test('one condition: a row a difference, its numbers in the caption, intervals and a line at 0', () => {
  const [figure, ...more] = figuresOf([row('NeRCC0', 15, 8.85, 1.62), row('NeRCC', 15, 8.84, 1.6)]);
  expect(more).toEqual([]);
  expect(figure!.name).toBe('paired-mse');
  expect(figure!.caption).toContain('BACC − NeRCC0 = 8.85 [7.23, 10.47]');
  const svg = drawn(figure!.picture);
  expect(svg).toContain('BACC − NeRCC0');
  expect(svg).toContain('left: BACC is better');
  expect(marksOf(figure!.picture, 'rule').map(({ from, to }) => [from.x, to.x])).toEqual([
    [0, 0],
    [8.85 - 1.62, 8.85 + 1.62],
    [8.84 - 1.6, 8.84 + 1.6],
  ]);
});

test('several conditions: a row a condition, the other schemes in the legend', () => {
  const [{ picture, caption }] = figuresOf(
    [10, 20].flatMap((S) => [row('NeRCC0', S, S, 1), row('NeRCC', S, -S, 1)]),
  ) as [ReturnType<typeof figuresOf>[number]];
  expect(caption).not.toContain('[');
  expect(picture.panels[0]!.y.ticks.map(({ label }) => label)).toEqual([['S = 10'], ['S = 20']]);
  expect(picture.legendTitle).toBe('BACC −');
  expect(picture.legend.map(({ label }) => label)).toEqual(['NeRCC0', 'NeRCC']);
  expect(marksOf(picture, 'point')).toHaveLength(4);
  drawn(picture);
});

test('a scheme of fewer workers stands in the row of the others, and no row is without a name', () => {
  const uncoded = (S: number, N: number): PairedRow => {
    const own = row('NeRCC', S, 5, 1);
    return { ...own, key: { ...own.key, N: undefined as unknown as number }, b: { ...own.b, N } };
  };
  const labels = (rows: readonly PairedRow[]) =>
    figuresOf(rows)[0]!.picture.panels[0]!.y.ticks.map(({ label }) => label.join());
  expect(labels([row('NeRCC0', 15, 8, 1), uncoded(15, 12)])).toEqual(['BACC − NeRCC0', 'BACC − NeRCC']);
  const wider = (S: number): PairedRow => {
    const own = row('NeRCC0', S, 8, 1);
    return { ...own, key: { ...own.key, N: 80 }, a: { ...own.a, N: 80 }, b: { ...own.b, N: 80 } };
  };
  const { N } = row('NeRCC0', 15, 8, 1).a;
  expect(labels([row('NeRCC0', 15, 8, 1), wider(15), uncoded(15, 12)])).toEqual([`N = ${N}`, 'N = 80', `N = ${N}/12`]);
});

test('a scheme with several cells under one condition has no such figure', () => {
  const swept = row('NeRCC', 15, 1, 0.1);
  const other = { ...swept, b: { ...swept.b, lambda_dec: 1e-6 } };
  expect(figuresOf([swept, other])).toEqual([]);
});

test('an axis of differences has 0, keeps the order, and holds every interval', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.double({ min: 0, max: 1e3, noNaN: true })), { minLength: 1 }), (pairs) => {
      const values = pairs.map(([mean, half]) => ({ mean, low: mean - half, high: mean + half }));
      const { scale, ticks } = signedAxis(values);
      const at = (x: number) => position(scale, x);
      expect(ticks.some((tick) => tick.at === 0)).toBe(true);
      for (const { low, mean, high } of values) {
        expect(at(low)).toBeGreaterThanOrEqual(-1e-9);
        expect(at(high)).toBeLessThanOrEqual(1 + 1e-9);
        expect(at(low)).toBeLessThanOrEqual(at(mean));
        expect(at(mean)).toBeLessThanOrEqual(at(high));
      }
    }),
    { seed: 14, numRuns: 200 },
  );
});

test('where all trials are alike there is no picture of zeros', () => {
  expect(figuresOf([row('NeRCC0', 10, 0, 0), row('NeRCC0', 20, 0, 0)])).toEqual([]);
  expect(figuresOf([row('NeRCC0', 10, 0, 0), row('NeRCC0', 20, 0, 1e-9)])).toHaveLength(1);
});
