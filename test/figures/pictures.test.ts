import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFigures } from '../../src/figures/choose.ts';
import { seriesStyles } from '../../src/figures/palette.ts';
import { dotsPicture } from '../../src/figures/pictures/dots.ts';
import { heatTable } from '../../src/figures/pictures/heat-table.ts';
import { lambdaPicture } from '../../src/figures/pictures/lambda.ts';
import { linePicture } from '../../src/figures/pictures/lines.ts';
import { placesPicture } from '../../src/figures/pictures/places.ts';
import { publishedFigures } from '../../src/figures/pictures/published.ts';
import { bestRow, surfacePicture, surfaces } from '../../src/figures/pictures/surface.ts';
import { drawPicture } from '../../src/figures/plot/draw.ts';
import type { Mark, Picture } from '../../src/figures/plot/picture.ts';
import { paperSheet, screen } from '../../src/figures/plot/sheet.ts';
import { defaultRequests, type FigureRequest, figureData, parseRequests } from '../../src/figures/request.ts';
import type { PublishedNumber } from '../../src/results/published.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { readTrialValues } from '../../src/results/trial-values.ts';
import { UserError } from '../../src/util/errors.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

const spread = (mean: number, std = mean / 10) => [mean - std, mean, mean + std];

/** Stragglers × schemes, the mean squared error growing tenfold. */
const sweep: SummaryRow[] = [0, 20, 40].flatMap((S) =>
  ['BACC', 'NeRCC0'].map((scheme, i) =>
    summaryRow({ scheme, S }, { mse: spread((1 + i) * 10 ** (S / 20)), relacc: spread(0.99 - S / 1000, 0.001) }),
  ),
);
const againstS: FigureRequest = { x: 'S', y: 'mse', by: 'scheme' };

function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1);
  return items[0]!;
}

const stylesOf = (rows: readonly SummaryRow[]) => seriesStyles(rows.map(({ key }) => key.scheme));
const data = (rows: readonly SummaryRow[], request: FigureRequest) => only(figureData(rows, request));
const marksOf = <Kind extends Mark['kind']>({ panels }: Picture, kind: Kind, panel = 0) =>
  panels[panel]!.marks.filter((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);
const labelsOf = ({ legend }: Picture) => legend.map(({ label }) => label);

/** Draws on both sheets, so that nothing is undefined there. */
function drawn(picture: Picture): string {
  for (const sheet of [screen, paperSheet('3.25in')]) {
    expect(drawPicture(picture, sheet)).not.toMatch(/NaN|Infinity|undefined/);
  }
  return drawPicture(picture, screen);
}

describe('lines', () => {
  const picture = linePicture(data(sweep, againstS), stylesOf(sweep));

  it('have every cell with its numbers as a tooltip, a legend entry a series and the conditions', () => {
    const svg = drawn(picture);
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1]!);
    expect(titles).toHaveLength(sweep.length);
    expect(titles).toContain('BACC (K = 20, N = 100, S = 20): MSE = 10 ± 0.5774 (standard error), 3 trials');
    expect(labelsOf(picture)).toEqual(['BACC', 'NeRCC0']);
    expect(picture.title).toBe('lenet5-mnist on mnist, output = logits, K = 20, N = 100');
    expect(marksOf(picture, 'line').map(({ points }) => points.map(({ x }) => x))).toEqual([
      [0, 20, 40],
      [0, 20, 40],
    ]);
  });

  it('have no wedge: where a band would reach 0 on a logarithmic axis the point has a bar', () => {
    const rows = [
      summaryRow({ S: 0 }, { mse: spread(10) }),
      summaryRow({ S: 10 }, { mse: spread(20) }),
      summaryRow({ S: 20 }, { mse: [0, 0, 3000] }), // mean = standard error
      summaryRow({ S: 30 }, { mse: spread(2000) }),
      summaryRow({ S: 40 }, { mse: spread(3000) }),
    ];
    const wedge = linePicture(data(rows, againstS), stylesOf(rows));
    expect(marksOf(wedge, 'band').map(({ points }) => points.map(({ x }) => x))).toEqual([
      [0, 10],
      [30, 40],
    ]);
    expect(only(marksOf(wedge, 'rule'))).toMatchObject({ from: { x: 20, y: -Infinity }, to: { x: 20, y: 2000 } });
    drawn(wedge);
  });

  it('tick whole numbers at the values', () => {
    expect(picture.panels[0]!.x.ticks.map(({ label }) => label)).toEqual([['0'], ['20'], ['40']]);
  });
});

describe('places', () => {
  it('are named with what changes along x, and not joined', () => {
    const rows = [8, 10].flatMap((K) =>
      ['ApproxIFER', 'Uncoded'].map((scheme) =>
        summaryRow({ scheme, K, S: 1, N: scheme === 'Uncoded' ? K : K + 1 }, { mse: spread(1) }),
      ),
    );
    const picture = placesPicture(data(rows, { x: 'K', y: 'mse', by: 'scheme' }), stylesOf(rows));
    expect(picture.panels[0]!.x.ticks.map(({ label }) => label)).toEqual([
      ['8', 'N = 8, 9'],
      ['10', 'N = 10, 11'],
    ]);
    expect(marksOf(picture, 'line')).toEqual([]);
    expect(marksOf(picture, 'point')).toHaveLength(4);
    drawn(picture);
  });
});

describe('which figures', () => {
  it('a run gets when its config asks for none', () => {
    expect(defaultRequests(sweep, 'mse')).toEqual([againstS, { x: 'S', y: 'relacc', by: 'scheme' }]);
    expect(defaultRequests(sweep.slice(0, 2), 'mse')[0]!.x).toBe('scheme');
    expect(defaultRequests(sweep, 'mse', true)[0]!.x).toBe('scheme');
    const attacks = ['', 'sign-flip', 'mimicry'].map((attack) => summaryRow({ attack, E: 1 }, { mse: spread(1) }));
    expect(defaultRequests(attacks, 'mse')[0]!.x).toBe('attack');
    // N follows K and S: no line joins anything
    const follows = [8, 12].flatMap((K) => [1, 2].map((S) => summaryRow({ K, S, N: K + S }, { mse: spread(1) })));
    expect(defaultRequests(follows, 'mse')[0]!.x).toBe('scheme');
  });

  it('a config asks for, with a hint at a wrong name', () => {
    expect(parseRequests([{ x: 'S', y: 'mse', facet: 'N' }])).toEqual([{ x: 'S', y: 'mse', by: 'scheme', facet: 'N' }]);
    expect(() => parseRequests([{ x: 'S', y: 'msee' }])).toThrow(/y: unknown column "msee"; did you mean "mse"\?/);
    expect(() => parseRequests([{ x: 'lambda', y: 'mse' }])).toThrow(UserError);
  });

  it('there are whatever the axis means to the rows', () => {
    const draw = (rows: readonly SummaryRow[], figures?: object[]) => {
      const config = { ...manifest().config, ...(figures && { figures }) };
      const found = runFigures(temporaryFolder(), manifest({ config }), rows);
      for (const { picture } of found) drawn(picture);
      return found;
    };
    // S means nothing to Bernoulli stragglers
    const bernoulli = ['bernoulli(p=0.1)', 'bernoulli(p=0.3)'].flatMap((stragglers) =>
      ['BACC', 'NeRCC0'].map((scheme) => summaryRow({ scheme, stragglers, S: undefined }, { mse: spread(1) })),
    );
    expect(draw([...sweep, ...bernoulli], [{ x: 'S', y: 'mse' }]).map(({ name }) => name)).toEqual([
      'mse-against-S-stragglers=uniform',
      'mse-against-scheme-stragglers=bernoulli_p=0.1_',
      'mse-against-scheme-stragglers=bernoulli_p=0.3_',
    ]);
    // a λ that is not swept
    const single = [sweep[0]!, summaryRow({ scheme: 'NeRCC', S: 0, lambda_enc: 1e-6 }, { mse: spread(1) })];
    expect(only(draw(single, [{ x: 'lambda_enc', y: 'mse' }])).picture.rows).toBeGreaterThan(0);
    // a scheme without λ is a line in every panel
    const panels = [20, 40].flatMap((S) => [
      summaryRow({ scheme: 'BACC', S }, { mse: spread(3) }),
      ...[0, 1e-8, 1e-6].map((lambda_dec) => summaryRow({ scheme: 'NeRCC', S, lambda_dec }, { mse: spread(1) })),
    ]);
    const { picture } = only(draw(panels, [{ x: 'lambda_dec', y: 'mse', facet: 'S' }]));
    expect([0, 1].map((panel) => marksOf(picture, 'rule', panel).length)).toEqual([2, 2]);
  });

  it('that the run has no numbers for are named', () => {
    const config = { ...manifest().config, figures: [{ x: 'S', y: 'degraded' }] };
    const missing: string[] = [];
    expect(runFigures(temporaryFolder(), manifest({ config }), sweep, (text) => missing.push(text))).toEqual([]);
    expect(missing).toEqual(['no figure of degraded against S: no cell has degraded']);
  });
});

describe('a dot plot', () => {
  it('has a row a setting, whatever the settings differ in', () => {
    const settings = [
      { K: 20, N: 100, S: 40 },
      { K: 20, N: 60, S: 20 },
      { K: 8, N: 12, S: 1 },
    ];
    const rows = settings.flatMap((setting) =>
      ['BACC', 'NeRCC'].map((scheme, i) =>
        summaryRow(
          { ...setting, scheme, ...(i === 1 && { lambda_dec: 10 ** -setting.K, options: 'tune=true' }) },
          { mse: spread(setting.S) },
        ),
      ),
    );
    const picture = dotsPicture(rows, 'mse', stylesOf(rows));
    expect(picture.panels[0]!.y.ticks.map(({ label }) => label)).toEqual([
      ['K = 20, N = 100, S = 40'],
      ['K = 20, N = 60, S = 20'],
      ['K = 8, N = 12, S = 1'],
    ]);
    expect(marksOf(picture, 'line')).toEqual([]);
    const places = marksOf(picture, 'point').map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(rows.length);
    drawn(picture);
  });

  it('has a row a scheme where there is one setting', () => {
    const rows = ['BACC', 'NeRCC0'].map((scheme) => summaryRow({ scheme }, { mse: spread(1) }));
    const picture = dotsPicture(rows, 'mse', stylesOf(rows));
    expect(picture.panels[0]!.y.ticks.map(({ label }) => label)).toEqual([['BACC'], ['NeRCC0']]);
    expect(picture.legend).toEqual([]);
    drawn(picture);
  });
});

describe('a heat table', () => {
  it('has a cell for each attack and scheme that says its number, the better the brighter', () => {
    const rows = ['sign-flip', 'mimicry'].flatMap((attack, i) =>
      ['BACC', 'Kriging'].map((scheme, j) => summaryRow({ scheme, attack, E: 1 }, { mse: spread(10 ** (i + j)) })),
    );
    const picture = heatTable(rows, { x: 'attack', y: 'mse', by: 'scheme' });
    expect(marksOf(picture, 'text').map(({ text }) => text)).toEqual(['1', '10', '10', '100']);
    expect(new Set(marksOf(picture, 'rect').map(({ fill }) => fill.colour)).size).toBe(3);
    expect(marksOf(picture, 'rect')[0]!.fill.colour).toBe('#fee838');
    expect(marksOf(picture, 'rect')[3]!.fill.colour).toBe('#00224e');
    drawn(picture);
  });

  it('names a further key with the attack', () => {
    const rows = [
      summaryRow({ E: 0 }, { mse: spread(1) }),
      ...[1, 2].map((E) => summaryRow({ E, attack: 'sign-flip' }, { mse: spread(1) })),
    ];
    const picture = heatTable(rows, { x: 'attack', y: 'mse', by: 'scheme' });
    expect(picture.panels[0]!.y.ticks.map(({ label }) => label)).toEqual([
      ['E = 0'],
      ['E = 1: sign-flip'],
      ['E = 2: sign-flip'],
    ]);
  });
});

describe('a figure against λ', () => {
  const swept = (name: 'lambda_enc' | 'lambda_dec', scheme: string) =>
    [0, 1e-8, 1e-6, 1e-4].map((lambda) =>
      summaryRow({ scheme, lambda_enc: 1e-7, lambda_dec: 1e-7, [name]: lambda }, { mse: spread(1 + lambda) }),
    );
  const rows = [
    summaryRow({ scheme: 'BACC' }, { mse: spread(2) }),
    ...swept('lambda_enc', 'encoding'),
    ...swept('lambda_dec', 'decoding'),
  ];
  const request: FigureRequest = { x: 'lambda_enc', y: 'mse', by: 'scheme' };

  it('leaves out a series that sweeps the other λ; λ = 0 and schemes without λ are horizontal lines', () => {
    const picture = lambdaPicture(data(rows, request), stylesOf(rows));
    expect(labelsOf(picture)).toEqual(['BACC', 'encoding', 'encoding, λ_enc = 0']);
    expect(only(marksOf(picture, 'line')).points).toHaveLength(3);
    expect(drawn(picture)).toContain('10⁻⁶');
    expect(picture.panels).toHaveLength(1);
  });

  it('has the paired difference from λ = 0 beside the level where the folder has trials', () => {
    const folder = temporaryFolder();
    const key = (lambda: string) => `synthetic,lenet5-mnist,mnist,logits,NeRCC,20,100,40,0,0,${lambda},given,uniform,,`;
    const header =
      'experiment,model,dataset,output,scheme,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,trial,survivors,mse';
    // the level varies by 100 from trial to trial, the difference to λ = 0 by 0.1
    const values: Record<string, number[]> = {
      '0': [100, 200, 300],
      '1e-8': [99.9, 200, 300.1],
      '1e-6': [97.9, 198, 298.1],
    };
    const lines = [0, 1, 2].flatMap((trial) =>
      Object.entries(values).map(([lambda, of]) => `${key(lambda)},${trial},60,${of[trial]}`),
    );
    writeFileSync(path.join(folder, 'trials.csv'), `${[header, ...lines].join('\n')}\n`);
    const own = Object.entries(values).map(([lambda, of]) =>
      summaryRow({ scheme: 'NeRCC', lambda_enc: 0, lambda_dec: Number(lambda) }, { mse: of }),
    );
    const picture = lambdaPicture(
      data(own, { ...request, x: 'lambda_dec' }),
      stylesOf(own),
      readTrialValues(folder, 'mse'),
    );
    expect(picture.panels).toHaveLength(2);
    const [band] = marksOf(picture, 'band', 1);
    expect(marksOf(picture, 'point', 1).map(({ x, y }) => [x, Number(y.toFixed(6))])).toEqual([
      [1e-8, 0],
      [1e-6, -2],
    ]);
    // Student's t at 2 degrees of freedom: 4.302653 · 0.1/√3
    expect(band!.points[1]!.high - band!.points[1]!.low).toBeCloseTo(2 * 4.302653 * (0.1 / Math.sqrt(3)), 5);
    expect(picture.panels[1]!.y.title).toBe('difference to λ_dec = 0');
    expect(drawn(picture)).toContain('(95 %, paired)');
    expect(readTrialValues(folder, 'relacc')).toBeUndefined();
    expect(readTrialValues(temporaryFolder(), 'mse')).toBeUndefined();
  });
});

/** A surface with its smallest value at (1e-6, 1e-7), standard error 0.1/√3. */
const grid: SummaryRow[] = [0, 1e-8, 1e-6].flatMap((lambda_enc, i) =>
  [0, 1e-7, 1e-5].map((lambda_dec, j) =>
    summaryRow(
      { scheme: 'NeRCC', lambda_enc, lambda_dec },
      { mse: spread(1 + 0.05 * (2 - i) + 2 * Math.abs(j - 1), 0.1) },
    ),
  ),
);
const surface = (rows: readonly SummaryRow[]) => surfacePicture({ scheme: 'NeRCC', rows }, 'mse');
const framed = (picture: Picture) => marksOf(picture, 'rect').filter(({ fill }) => fill.heavy);

describe('a λ surface', () => {
  it('is found among other rows, and its best cell', () => {
    const found = only(surfaces([...sweep, ...grid]));
    expect([found.scheme, found.rows.length]).toEqual(['NeRCC', 9]);
    expect(surfaces(sweep)).toEqual([]);
    const { key } = bestRow(grid, 'mse')!;
    expect([key.lambda_enc, key.lambda_dec]).toEqual([1e-6, 1e-7]);
    expect(bestRow([summaryRow({}, { mse: [] })], 'mse')).toBeUndefined();
  });

  it('draws each cell with its numbers, λ as powers of ten', () => {
    const svg = drawn(surface(grid));
    expect(svg.match(/<title>λ_enc = [^<]*<\/title>/g)).toHaveLength(9);
    expect(svg).toContain('λ_enc = 10⁻⁶, λ_dec = 10⁻⁷: MSE = 1 ± ');
    expect(svg).not.toContain('of 9');
  });

  it('that λ was tuned on marks the cells that the paired trials cannot tell from the best', () => {
    const tuned = grid.map((row, i) => {
      const mean = i === 7 ? 0 : 1;
      return { ...row, fromBest: { mean, low: i % 3 === 1 ? mean - 1 : 0.1, high: mean + 1 } };
    });
    const picture = surface(tuned);
    expect(marksOf(picture, 'point')).toHaveLength(2); // the best one has a frame
    expect(labelsOf(picture)[1]).toContain('(3 of 9)');
    drawn(picture);
  });

  it('has the pairs of a refinement as smaller cells between those of the grid, on top', () => {
    const refined = [1e-8, 1e-7].map((lambda_enc) =>
      summaryRow({ scheme: 'NeRCC', lambda_enc, lambda_dec: 1e-6 }, { mse: spread(0.9) }),
    );
    const between = summaryRow({ scheme: 'NeRCC', lambda_enc: 1e-7, lambda_dec: 1e-7 }, { mse: spread(0.8) });
    const picture = surface([between, ...refined, ...grid]);
    const cells = marksOf(picture, 'rect').filter(({ fill }) => !fill.heavy);
    const centres = cells.map(({ x, y }) => [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2]);
    // λ_dec 1e-6 stands between the grid's 1e-7 (1) and 1e-5 (2), λ_enc 1e-7 between 1e-8 (1) and 1e-6 (2)
    expect(centres.slice(9)).toEqual([
      [1, 1.5],
      [1.5, 1],
      [1.5, 1.5],
    ]);
    expect(only(framed(picture))).toMatchObject({ x: [0.75, 1.25], y: [1.25, 1.75] });
  });

  it('of tune is drawn once', () => {
    const folder = writeRun(grid, manifest({ config: { ...manifest().config, tune: { metric: 'mse' } } }));
    writeRun(grid, manifest(), path.join(folder, 'tuning'));
    const names = (of = manifest()) => runFigures(folder, of, grid).map(({ name }) => name);
    const both = ['surface-mse-NeRCC-K=20-N=100-S=40', 'tuning-mse-NeRCC-K=20-N=100-S=40'];
    expect(names()).toEqual(both);
    expect(names(manifest({ made_by: 'tune' }))).toEqual([both[1]]);
    writeFileSync(path.join(folder, 'optimum.csv'), ''); // a folder from before made_by
    expect(names()).toEqual([both[1]]);
    writeFileSync(path.join(folder, 'trials.csv'), ''); // run into such a folder
    expect(names()).toEqual(both);
  });
});

describe('published numbers', () => {
  const number: PublishedNumber = {
    id: 'x',
    source: 'A',
    place: 'figure 1',
    model: 'ResNet-18',
    models: ['lenet5-mnist'],
    dataset: 'mnist',
    scheme: 'ApproxIFER',
    K: 8,
    metric: 'accuracy',
    value: 0.87,
    tolerance: 0.01,
  };
  const rows = [8, 10].flatMap((K) =>
    ['ApproxIFER', 'ApproxIFER-legacy', 'ParM'].map((scheme) =>
      summaryRow({ scheme, K }, { accuracy: spread(0.8, 0.03), mse: spread(1) }),
    ),
  );
  const draw = (of: readonly SummaryRow[], numbers: readonly PublishedNumber[]) =>
    publishedFigures(of, numbers, stylesOf(of));
  const bars = (picture: Picture) =>
    marksOf(picture, 'rect')
      .sort((a, b) => a.x[0] - b.x[0])
      .map(({ tip, fill }) => `${tip!.split(/[:,]/)[0]} ${fill.opacity === 1 ? 'ours' : 'published'}`);

  it('stand beside ours where the conditions are theirs, with all schemes there', () => {
    const { picture, caption } = only(draw(rows, [number]));
    expect(bars(picture)).toEqual(['ApproxIFER ours', 'ApproxIFER published', 'ApproxIFER-legacy ours', 'ParM ours']);
    expect(labelsOf(picture)).toEqual(['ApproxIFER', 'ApproxIFER-legacy', 'ParM', 'published [A]']);
    expect(caption).toContain('[A] figure 1, ResNet-18');
    drawn(picture);
  });

  it('stand beside the variant of our scheme that follows the code of the source', () => {
    const { picture } = only(draw(rows, [{ ...number, beside: 'ApproxIFER-legacy' }]));
    expect(bars(picture)).toEqual(['ApproxIFER ours', 'ApproxIFER-legacy ours', 'ApproxIFER published', 'ParM ours']);
    const without = rows.filter(({ key }) => key.scheme !== 'ApproxIFER-legacy');
    expect(bars(only(draw(without, [{ ...number, beside: 'ApproxIFER-legacy' }])).picture)[1]).toBe(
      'ApproxIFER published',
    );
  });

  it('have a place for each attack', () => {
    const attacks = ['gaussian(1)', 'gaussian(10)'];
    const attacked = attacks.map((attack) =>
      summaryRow({ scheme: 'ApproxIFER', K: 8, E: 2, attack }, { accuracy: spread(0.8, 0.03) }),
    );
    const [first, second] = attacks.map((attack, i) => ({ ...number, id: attack, attack, value: 0.9 + i / 100 }));
    const { picture } = only(draw(attacked, [first!, second!]));
    expect(picture.panels[0]!.x.ticks.map(({ label }) => label[0])).toEqual(attacks);
    expect(marksOf(picture, 'rect')).toHaveLength(4);
  });

  it('are not drawn beside a sweep over λ, which has no bar of its own, nor is a mean squared error', () => {
    const swept = [0, 1e-6].map((lambda_dec) =>
      summaryRow({ scheme: 'ApproxIFER', K: 8, lambda_dec }, { accuracy: spread(0.8, 0.03) }),
    );
    expect(draw(swept, [number])).toEqual([]);
    expect(draw(rows, [{ ...number, metric: 'mse' }])).toEqual([]);
  });
});
