import { describe, expect, it } from 'vitest';
import { seriesStyles } from '../../src/figures/palette.ts';
import { trainingFigures, trainingSummaryFigures } from '../../src/figures/pictures/training.ts';
import { drawPicture } from '../../src/figures/plot/draw.ts';
import type { Mark, Picture } from '../../src/figures/plot/picture.ts';
import { paperSheet } from '../../src/figures/plot/sheet.ts';
import type { MeasuredName } from '../../src/metrics/measured.ts';
import type { IterationRow, MetricStatistics, SummaryRow } from '../../src/results/read.ts';
import type { CellKey } from '../../src/results/schema.ts';
import { type PublishedSpeedup, readPublishedSpeedups } from '../../src/tables/published.ts';
import { cellKey, summaryRow } from '../helpers/run.ts';

const styles = seriesStyles(['Uncoded', 'LCC', 'StaticVCC', 'AVCC']);

function iteration(key: Partial<CellKey>, trial: number, index: number, times: Partial<IterationRow>): IterationRow {
  return {
    key: cellKey({ output: '', stragglers: 'slowdown(7)', ...key }),
    trial,
    iteration: index,
    clock: 'simulated',
    accuracy: 0.5 + index / 10,
    loss: 1,
    compute: 0,
    wait: 0,
    verify: 0,
    decode: 0,
    recode: 0,
    kUsed: 9,
    excluded: '',
    ...times,
  };
}

/** A cell of the summary: whether its trainings ended with the right weights. */
function ended(key: Partial<CellKey>, exact: number, seconds = 1): SummaryRow {
  const statistics = (mean: number) => ({ mean, std: 0, sem: 0 });
  const row = summaryRow({ output: '', stragglers: 'slowdown(7)', ...key }, { accuracy: [0.9] });
  return {
    ...row,
    metrics: new Map<MeasuredName, MetricStatistics>([
      ...row.metrics,
      ['exact', statistics(exact)],
      ['compute_s', statistics(seconds)],
      ['wait_s', statistics(2 * seconds)],
    ]),
  };
}

const draw = (
  rows: readonly IterationRow[],
  summary: readonly SummaryRow[] = [],
  published: readonly PublishedSpeedup[] = [],
) => {
  const figures = trainingFigures(rows, summary, styles, published);
  for (const { picture } of figures)
    expect(drawPicture(picture, paperSheet('3.25in'))).not.toMatch(/NaN|Infinity|undefined/);
  return (name: string) => {
    const found = figures.find((figure) => figure.name === name);
    if (!found) throw new Error(`no figure ${name} among ${figures.map((figure) => figure.name)}`);
    return found;
  };
};
const marksOf = <Kind extends Mark['kind']>({ panels }: Picture, kind: Kind, panel = 0) =>
  panels[panel]!.marks.filter((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);

// LCC takes 3 and 5 seconds an iteration, AVCC 2: speed-ups 1.5 and 2.5; the first encoding (100 s) must not count
const rows = [0, 1].flatMap((trial) =>
  [0, 1, 2].flatMap((index) => [
    iteration({ scheme: 'LCC' }, trial, index, index === 0 ? { recode: 100 } : { compute: 1, wait: 2 + 2 * trial }),
    iteration({ scheme: 'AVCC' }, trial, index, index === 0 ? { recode: 100 } : { compute: 1, wait: 1 }),
  ]),
);

describe('figures of a training', () => {
  it('have the accuracy at the mean time of an iteration', () => {
    const { picture } = draw(rows)('accuracy-against-time');
    const lcc = marksOf(picture, 'line').find(({ series }) => series === 'LCC')!;
    expect(lcc.points).toEqual([
      { x: 0, y: 0.5 },
      { x: 4, y: 0.6 },
      { x: 8, y: 0.7 },
    ]);
  });

  it('have the parts of an iteration in milliseconds, one upon the other', () => {
    const { picture } = draw(rows)('time-per-iteration');
    const lcc = marksOf(picture, 'rect').filter(({ tip }) => tip?.startsWith('LCC'));
    expect(lcc.slice(0, 2).map(({ y }) => y)).toEqual([
      [0, 1000],
      [1000, 4000],
    ]);
    expect(picture.legend.map(({ label }) => label)).toEqual(['compute', 'wait']);
  });

  it('have the speed-up trial by trial', () => {
    const { picture } = draw(rows)('speed-up');
    expect(marksOf(picture, 'rect')).toMatchObject([{ y: [0, 2], tip: 'AVCC is 2 ± 0.5 times as fast as LCC' }]);
  });
});

describe('a training that ends with wrong weights', () => {
  const summary = [ended({ scheme: 'LCC' }, 0), ended({ scheme: 'AVCC' }, 1)];

  it('is hatched in every bar and never called faster or slower', () => {
    for (const name of ['time-per-iteration', 'speed-up']) {
      const { picture, caption } = draw(rows, summary)(name);
      const bars = marksOf(picture, 'rect');
      for (const { tip, fill } of bars) expect(fill.hatched, tip).toBe(tip!.startsWith('LCC'));
      expect(picture.legend.map(({ label }) => label)).toContain('wrong weights');
      expect(caption).toMatch(/wrong weights/);
      expect(bars.map(({ tip }) => tip).join()).not.toContain('fast');
    }
  });
});

describe('a sweep of the slowdown', () => {
  const sweep = [1, 4, 10].flatMap((factor) =>
    [1, 2].flatMap((E) =>
      ['LCC', 'AVCC'].flatMap((scheme) =>
        [0, 1].map((index) =>
          iteration(
            { scheme, E, stragglers: `slowdown(${factor})` },
            0,
            index,
            index === 0 ? {} : { compute: 1, wait: scheme === 'LCC' ? factor : 0 },
          ),
        ),
      ),
    ),
  );
  const summary = [1, 4, 10].flatMap((factor) =>
    [1, 2].map((E) => ended({ scheme: 'LCC', E, stragglers: `slowdown(${factor})` }, E === 2 ? 0 : 1)),
  );

  it('has it on the x axis; wrong trainings are hollow points that no line joins', () => {
    const { picture } = draw(sweep, summary)('speed-up-against-slowdown');
    expect(picture.panels.map(({ heading }) => heading)).toEqual(['E = 1', 'E = 2']);
    expect(marksOf(picture, 'line').map(({ points }) => points)).toEqual([
      [
        { x: 1, y: 2 },
        { x: 4, y: 5 },
        { x: 10, y: 11 },
      ],
    ]);
    expect(marksOf(picture, 'line', 1)).toEqual([]);
    expect(marksOf(picture, 'point', 1).map(({ x, marker }) => [x, marker.hollow])).toEqual([
      [1, true],
      [4, true],
      [10, true],
    ]);
    expect(picture.legend.map(({ label }) => label)).toEqual(['LCC', 'LCC, wrong weights']);
  });

  it('shows accuracy and time at the slowest stragglers', () => {
    const { picture, caption } = draw(sweep, summary)('accuracy-against-time');
    expect(picture.panels).toHaveLength(2);
    expect(caption).toContain('stragglers 10 times slower');
  });
});

describe('published speed-ups', () => {
  it('stand beside the bars of the schemes they are over', () => {
    const stated = readPublishedSpeedups();
    expect(stated.map(({ over, value }) => [over, value])).toEqual([
      ['LCC', 4.2],
      ['Uncoded', 7.6],
    ]);
    const three = ['LCC', 'StaticVCC', 'AVCC'].flatMap((scheme, i) =>
      [0, 1].map((index) => iteration({ scheme }, 0, index, { wait: index * (3 - i) })),
    );
    const { picture, caption } = draw(three, [], stated)('speed-up');
    expect(marksOf(picture, 'rect').map(({ y }) => y[1])).toEqual([3, 2]);
    expect(marksOf(picture, 'text').map(({ x, y, text }) => [x, y, text])).toEqual([[0, 4.2, '[V] ≤ 4.2']]);
    expect(caption).toContain('settings of its own');
  });
});

describe('a reference of a training', () => {
  it('has its summary only: the time of a whole training by part, a panel for each condition', () => {
    const summary = [0, 2].flatMap((E) =>
      ['LCC', 'AVCC'].map((scheme) =>
        ended({ scheme, E, attack: E > 0 ? 'reversal(1)' : '' }, scheme === 'LCC' && E === 2 ? 0 : 1),
      ),
    );
    const [figure] = trainingSummaryFigures(summary);
    expect(figure!.name).toBe('time-of-training');
    expect(figure!.picture.panels.map(({ heading }) => heading)).toEqual(['E = 0', 'E = 2']);
    expect(marksOf(figure!.picture, 'rect', 1)[1]).toMatchObject({ y: [1, 3], fill: { hatched: true } });
    expect(drawPicture(figure!.picture, paperSheet('3.25in'))).not.toMatch(/NaN|undefined/);
  });
});
