import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runFigures } from '../../src/figures/choose.ts';
import { bestRow, heatMap, surfaces } from '../../src/figures/heat-map.ts';
import { lineFigure } from '../../src/figures/lines.ts';
import { pointFigure } from '../../src/figures/points.ts';
import { publishedFigures } from '../../src/figures/published.ts';
import { type FigureSpec, renderPng, renderSvg } from '../../src/figures/render.ts';
import { defaultRequests, type FigureRequest, figureData, parseRequests } from '../../src/figures/request.ts';
import { seriesStyles } from '../../src/figures/theme.ts';
import { trainingFigures } from '../../src/figures/training.ts';
import { writeFigures } from '../../src/figures/write.ts';
import type { IterationRow, SummaryRow } from '../../src/results/read.ts';
import type { PublishedNumber } from '../../src/tables/published.ts';
import { readPublishedSpeedups } from '../../src/tables/published.ts';
import { UserError } from '../../src/util/errors.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { cellKey, manifest, summaryRow, writeRun } from '../helpers/run.ts';

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

/** Rows of a specification's inline data. */
function dataOf(spec: FigureSpec): Record<string, unknown>[] {
  return (spec as unknown as { data: { values: Record<string, unknown>[] } }).data.values;
}

describe('an SVG', () => {
  const spec = lineFigure(only(figureData(sweep, againstS)));

  it('is the same bytes every time, whatever was drawn before', async () => {
    const first = await renderSvg(spec);
    await renderSvg(heatMap({ scheme: 'NeRCC', rows: grid }, 'mse'));
    expect(await renderSvg(spec)).toBe(first);
  });

  it('has every point with its numbers as a title, a legend entry per series and the conditions', async () => {
    const svg = await renderSvg(spec);
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1]!);
    expect(titles).toHaveLength(sweep.length);
    expect(titles).toContain('BACC K=20 N=100 S=20 E=0: mse = 10 ± 0.5774 (standard error), 3 trials');
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);
    expect(texts).toEqual(expect.arrayContaining(['BACC', 'NeRCC0', 'stragglers S', 'MSE']));
    expect(svg).toContain('lenet5-mnist on mnist, output = logits, K = 20, N = 100');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('of points has a legend unless the schemes are on its axis', async () => {
    const rows = ['sign-flip', 'mimicry'].flatMap((attack) =>
      ['BACC', 'Kriging'].map((scheme) => summaryRow({ scheme, attack, E: 1 }, { mse: spread(1) })),
    );
    const count = async (request: FigureRequest) =>
      (await renderSvg(pointFigure(figureData(rows, request)[0]!))).match(/>Kriging</g)?.length;
    expect(await count({ x: 'attack', y: 'mse', by: 'scheme' })).toBe(1); // in the legend
    expect(await count({ x: 'scheme', y: 'mse', by: 'scheme' })).toBe(1); // on the axis only
    const svg = await renderSvg(pointFigure(only(figureData(rows, { x: 'attack', y: 'mse', by: 'scheme' }))));
    for (const text of ['sign-flip', 'mimicry', 'BACC']) expect(svg).toContain(`>${text}<`);
  });

  it('refuses a specification that Vega warns of', async () => {
    const wrong = { data: { values: [{ a: 1 }] }, mark: 'bar', encoding: { nowhere: { field: 'a' } } };
    await expect(renderSvg(wrong as unknown as FigureSpec)).rejects.toThrow(/vega/);
  });
});

describe('a PNG', () => {
  it('shows text, without a font of the machine', async () => {
    const svg = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30"><rect width="120" height="30" fill="white"/><text x="5" y="20" font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">${text}</text></svg>`;
    const ink = async (text: string) => {
      const picture = await sharp(await renderPng(svg(text)))
        .greyscale()
        .raw()
        .toBuffer();
      return picture.reduce((sum, value) => sum + (value < 128 ? 1 : 0), 0);
    };
    expect(await ink('')).toBe(0);
    expect(await ink('λ 10⁻⁶ MSE')).toBeGreaterThan(300);
    expect(await ink('λ 10⁻⁶ MSE MSE')).toBeGreaterThan((await ink('λ 10⁻⁶ MSE')) * 1.2);
  });

  it('has twice the pixels of its SVG', async () => {
    const svg = await renderSvg(lineFigure(only(figureData(sweep, againstS))));
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const size = await sharp(await renderPng(svg)).metadata();
    expect([size.width, size.height]).toEqual([2 * width!, 2 * height!]);
  });
});

describe('styles', () => {
  it('belong to a scheme whatever it is drawn with', () => {
    const alone = only(seriesStyles(['NeRCC']));
    expect(seriesStyles(['BACC', 'NeRCC0', 'NeRCC'])[2]).toEqual(alone);
  });

  it('tell all series of a figure apart', () => {
    const labels = [
      'BACC',
      'BACC-legacy',
      'NeRCC',
      'NeRCC-oracle',
      'NeRCC (S = 40)',
      'mine',
      'yours',
      'NeRCC0',
      'NeRCC0-legacy',
    ];
    const styles = seriesStyles(labels).map((style) => JSON.stringify(style));
    expect(new Set(styles).size).toBe(labels.length);
  });

  it('give a variant the colour of its scheme, and no colour of a known scheme to an unknown one', () => {
    const [bacc, legacy, other] = seriesStyles(['BACC', 'BACC-legacy', 'ours']);
    expect(legacy!.colour).toBe(bacc!.colour);
    expect(legacy!.dash).not.toEqual(bacc!.dash);
    expect(other!.colour).not.toBe(bacc!.colour);
  });
});

describe('which figures', () => {
  it('a sweep gets when its config asks for none', () => {
    expect(defaultRequests(sweep, 'mse')).toEqual([
      { x: 'S', y: 'mse', by: 'scheme' },
      { x: 'S', y: 'relacc', by: 'scheme' },
    ]);
    const two = [...sweep, ...sweep.map((row) => ({ ...row, key: { ...row.key, N: 60 } }))];
    expect(defaultRequests(two, 'mse')[0]).toEqual({
      x: 'S',
      y: 'mse',
      by: 'scheme',
      facet: 'N',
    });
    expect(defaultRequests(sweep.slice(0, 2), 'mse')[0]!.x).toBe('scheme');
  });

  it('a config asks for, with a hint at a wrong name', () => {
    expect(parseRequests([{ x: 'S', y: 'mse', facet: 'N' }])).toEqual([{ x: 'S', y: 'mse', by: 'scheme', facet: 'N' }]);
    expect(() => parseRequests([{ x: 'S', y: 'msee' }])).toThrow(/y: unknown column "msee"; did you mean "mse"\?/);
    expect(() => parseRequests([{ x: 'lambda', y: 'mse' }])).toThrow(UserError);
  });

  it('are one a value of a key that would put two points on one place', () => {
    const both = [...sweep, ...sweep.map((row) => ({ ...row, key: { ...row.key, output: 'softmax' } }))];
    expect(figureData(both, againstS).map(({ part, points }) => [part, points.length])).toEqual([
      [{ output: 'logits' }, 6],
      [{ output: 'softmax' }, 6],
    ]);
  });

  it('draw a tuned scheme as one line although its λ changes from point to point', () => {
    const tuned = [0, 20, 40].map((S) =>
      summaryRow(
        { scheme: 'NeRCC', S, lambda_enc: 0, lambda_dec: 10 ** (S / 10 - 9), options: 'tune=true' },
        { mse: spread(1) },
      ),
    );
    expect(only(figureData([...sweep, ...tuned], againstS)).points).toHaveLength(9);
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

  it('leaves out a series that sweeps the other λ', () => {
    const { points } = only(figureData(rows, request));
    expect([...new Set(points.map(({ series }) => series))]).toEqual(['BACC', 'encoding']);
  });

  it('has λ = 0 and schemes without λ as horizontal lines', async () => {
    const spec = lineFigure(only(figureData(rows, request)));
    expect(dataOf(spec).map(({ series, kind }) => [series, kind])).toEqual([
      ['BACC', 'reference'],
      ['encoding, λ_enc = 0', 'zero'],
      ...Array.from({ length: 3 }, () => ['encoding', 'curve']),
    ]);
    const svg = await renderSvg(spec);
    expect(svg).toContain('10⁻⁶');
    expect(svg.match(/<title>/g)).toHaveLength(5);
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

describe('a λ surface', () => {
  it('is found among other rows', () => {
    const surface = only(surfaces([...sweep, ...grid]));
    expect([surface.scheme, surface.rows.length]).toEqual(['NeRCC', 9]);
    expect(surfaces(sweep)).toEqual([]);
  });

  it('knows its best cell', () => {
    const { key } = bestRow(grid, 'mse')!;
    expect([key.lambda_enc, key.lambda_dec]).toEqual([1e-6, 1e-7]);
    expect(bestRow([summaryRow({}, { mse: [] })], 'mse')).toBeUndefined();
  });

  it('draws each cell with its numbers', async () => {
    const svg = await renderSvg(heatMap({ scheme: 'NeRCC', rows: grid }, 'mse'));
    expect(svg.match(/<title>λ_enc = [^<]*<\/title>/g)).toHaveLength(9);
    expect(svg).not.toContain('of 9');
  });

  it('that λ was tuned on marks the cells that the paired trials cannot tell from the best', async () => {
    const tuned = grid.map((row, i) => {
      const mean = i === 7 ? 0 : 1;
      return { ...row, fromBest: { mean, low: i % 3 === 1 ? mean - 1 : 0.1, high: mean + 1 } };
    });
    const spec = heatMap({ scheme: 'NeRCC', rows: tuned }, 'mse');
    expect(dataOf(spec).map(({ asGood }) => asGood)).toEqual(tuned.map((_, i) => i % 3 === 1));
    expect(await renderSvg(spec)).toContain('(3 of 9)');
  });

  it('has the pairs of a refinement as smaller cells between those of the grid, on top', () => {
    const refined = [1e-8, 1e-7].map((lambda_enc) =>
      summaryRow({ scheme: 'NeRCC', lambda_enc, lambda_dec: 1e-6 }, { mse: spread(0.9) }),
    );
    const between = summaryRow({ scheme: 'NeRCC', lambda_enc: 1e-7, lambda_dec: 1e-7 }, { mse: spread(0.8) });
    const cells = dataOf(heatMap({ scheme: 'NeRCC', rows: [between, ...refined, ...grid] }, 'mse'));
    // λ_dec 1e-6 stands between the grid's 1e-7 (1) and 1e-5 (2), λ_enc 1e-7 between 1e-8 (1) and 1e-6 (2)
    const places = cells.map(({ x, y, small }) => [x, y, small]);
    expect(places.slice(0, 9).every(([, , small]) => !small)).toBe(true);
    expect(places.slice(9)).toEqual([
      [1, 1.5, true],
      [1.5, 1, true],
      [1.5, 1.5, true],
    ]);
    expect(cells.filter(({ best }) => best)).toMatchObject([{ x: 1, y: 1.5, left: 0.75, right: 1.25 }]);
  });

  it('of tune is drawn once', async () => {
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
    ['ApproxIFER', 'ParM'].map((scheme) => summaryRow({ scheme, K }, { accuracy: spread(0.8, 0.03), mse: spread(1) })),
  );

  it('stand beside ours where the conditions are theirs, with all schemes there', async () => {
    const { spec, caption } = only(publishedFigures(rows, [number]));
    expect(dataOf(spec).map(({ bar, y }) => [bar, Number((y as number).toFixed(6))])).toEqual([
      ['ApproxIFER', 0.8],
      ['ApproxIFER [A]', 0.87],
      ['ParM', 0.8],
    ]);
    expect(caption).toContain('[A] figure 1, ResNet-18');
    expect((await renderSvg(spec)).match(/<title>/g)).toHaveLength(3);
  });

  it('stand in a panel of their own for each attack', () => {
    const attacks = ['gaussian(1)', 'gaussian(10)'];
    const attacked = attacks.map((attack) =>
      summaryRow({ scheme: 'ApproxIFER', K: 8, E: 2, attack }, { accuracy: spread(0.8, 0.03) }),
    );
    const [first, second] = attacks.map((attack, i) => ({ ...number, id: attack, attack, value: 0.9 + i / 100 }));
    const { spec } = only(publishedFigures(attacked, [first!, second!]));
    expect(dataOf(spec).map(({ facet, bar, y }) => [facet, bar, Number((y as number).toFixed(6))])).toEqual([
      ['attack = gaussian(1)', 'ApproxIFER', 0.8],
      ['attack = gaussian(1)', 'ApproxIFER [A]', 0.9],
      ['attack = gaussian(10)', 'ApproxIFER', 0.8],
      ['attack = gaussian(10)', 'ApproxIFER [A]', 0.91],
    ]);
  });

  it('are not drawn beside a sweep over λ, which has no bar of its own', () => {
    const swept = [0, 1e-6].map((lambda_dec) =>
      summaryRow({ scheme: 'ApproxIFER', K: 8, lambda_dec }, { accuracy: spread(0.8, 0.03) }),
    );
    expect(publishedFigures(swept, [number])).toEqual([]);
  });

  it('of a mean squared error are not drawn: their scale is unknown', () => {
    expect(publishedFigures(rows, [{ ...number, metric: 'mse' }])).toEqual([]);
  });
});

describe('figures of a training', () => {
  const iteration = (scheme: string, trial: number, index: number, compute: number, wait: number): IterationRow => ({
    key: cellKey({ scheme, output: '', stragglers: 'slowdown(7)' }),
    trial,
    iteration: index,
    clock: 'simulated',
    accuracy: 0.5 + index / 10,
    loss: 1,
    compute: index === 0 ? 0 : compute,
    wait: index === 0 ? 0 : wait,
    verify: 0,
    decode: 0,
    recode: index === 0 ? 100 : 0,
    kUsed: 9,
    excluded: '',
  });
  // LCC takes 3 and 5 seconds an iteration, AVCC 2: speed-ups 1.5 and 2.5; the first encoding (100 s) must not count
  const rows = [0, 1].flatMap((trial) =>
    [0, 1, 2].flatMap((index) => [
      iteration('LCC', trial, index, 1, 2 + 2 * trial),
      iteration('AVCC', trial, index, 1, 1),
    ]),
  );
  const figures = trainingFigures(rows);
  const named = (name: string) => dataOf(figures.find((figure) => figure.name === name)!.spec);

  it('have the accuracy at the mean time of an iteration', () => {
    const lcc = named('accuracy-against-time').filter(({ series }) => series === 'LCC');
    expect(lcc.map(({ x, y }) => [x, y])).toEqual([
      [0, 0.5],
      [4, 0.6],
      [8, 0.7],
    ]);
  });

  it('have the parts of an iteration in milliseconds', () => {
    const parts = named('time-per-iteration').filter(({ x }) => x === 'LCC');
    expect(parts.map(({ part, y }) => [part, y])).toEqual([
      ['compute', 1000],
      ['wait', 3000],
      ['verify', 0],
      ['decode', 0],
      ['recode', 0],
    ]);
  });

  it('have the speed-up trial by trial', async () => {
    expect(named('speed-up')).toMatchObject([{ x: 'LCC', y: 2, low: 1.5, high: 2.5 }]);
    for (const { spec } of figures) expect(await renderSvg(spec)).not.toMatch(/NaN|undefined/);
  });
});

describe('published speed-ups', () => {
  it('stand beside the bars of the schemes they are over', async () => {
    const stated = readPublishedSpeedups();
    expect(stated.map(({ over, value }) => [over, value])).toEqual([
      ['LCC', 4.2],
      ['Uncoded', 7.6],
    ]);
    const row = (scheme: string, iteration: number, wait: number): IterationRow => ({
      key: cellKey({ scheme, output: '' }),
      trial: 0,
      iteration,
      clock: 'simulated',
      accuracy: 0.5,
      loss: 1,
      compute: 0,
      wait,
      verify: 0,
      decode: 0,
      recode: 0,
      kUsed: 9,
      excluded: '',
    });
    const rows = ['LCC', 'StaticVCC', 'AVCC'].flatMap((scheme, i) => [row(scheme, 0, 0), row(scheme, 1, 3 - i)]);
    const figure = trainingFigures(rows, stated).find(({ name }) => name === 'speed-up')!;
    const bars = dataOf(figure.spec);
    expect(bars.map(({ x, y, published }) => [x, y, published])).toEqual([
      ['LCC', 3, 4.2],
      ['StaticVCC', 2, undefined],
    ]);
    expect(figure.caption).toContain('settings of its own');
    expect(await renderSvg(figure.spec)).toContain('[V] ≤ 4.2');
  });
});

describe('the files', () => {
  it('are drawn again from the folder alone, the same bytes, and only in the formats asked for', async () => {
    const folder = writeRun(sweep.map((row) => ({ ...row, key: { ...row.key, model: 'no-paper-has-it' } })));
    const written = await writeFigures(folder, new Set(['svg', 'png']));
    expect(written.map((file) => path.relative(folder, file))).toEqual([
      'figures/mse-against-S.svg',
      'figures/mse-against-S.png',
      'figures/relacc-against-S.svg',
      'figures/relacc-against-S.png',
    ]);
    expect(existsSync(path.join(folder, 'report.html'))).toBe(false);
    const before = written.map((file) => readFileSync(file));
    await writeFigures(folder, new Set(['svg', 'png', 'html']));
    expect(written.map((file) => readFileSync(file))).toEqual(before);
    const page = readFileSync(path.join(folder, 'report.html'), 'utf8');
    await writeFigures(folder, new Set(['html']));
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toBe(page);
  });

  it('have names that are safe on any file system', () => {
    const rows = sweep.flatMap((row) =>
      ['a/b', 'a:b'].map((attack) => ({ ...row, key: { ...row.key, attack, E: 1 } })),
    );
    const names = runFigures(temporaryFolder(), manifest(), rows).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w.=-]+$/);
  });

  it('are drawn whatever the axis means to the rows', async () => {
    const draw = async (rows: readonly SummaryRow[], figures?: object[]) => {
      const config = { ...manifest().config, ...(figures && { figures }) };
      const drawn = runFigures(temporaryFolder(), manifest({ config }), rows);
      for (const { spec } of drawn) expect(await renderSvg(spec)).not.toMatch(/NaN|Infinity|undefined/);
      return drawn.map(({ name, spec }) => ({ name, values: dataOf(spec) }));
    };
    // S means nothing to Bernoulli stragglers
    const bernoulli = ['bernoulli(p=0.1)', 'bernoulli(p=0.3)'].flatMap((stragglers) =>
      ['BACC', 'NeRCC0'].map((scheme) => summaryRow({ scheme, stragglers, S: undefined }, { mse: spread(1) })),
    );
    expect((await draw([...sweep, ...bernoulli])).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['mse-against-S-stragglers=uniform', 'mse-against-scheme-stragglers=bernoulli_p=0.1_']),
    );
    // a λ that is not swept
    const single = [sweep[0]!, summaryRow({ scheme: 'NeRCC', S: 0, lambda_enc: 1e-6 }, { mse: spread(1) })];
    expect(only(await draw(single, [{ x: 'lambda_enc', y: 'mse' }])).name).toBe('mse-against-scheme');
    // a scheme without λ is a line in every panel
    const panels = [20, 40].flatMap((S) => [
      summaryRow({ scheme: 'BACC', S }, { mse: spread(3) }),
      ...[0, 1e-8, 1e-6].map((lambda_dec) => summaryRow({ scheme: 'NeRCC', S, lambda_dec }, { mse: spread(1) })),
    ]);
    const { values } = only(await draw(panels, [{ x: 'lambda_dec', y: 'mse', facet: 'S' }]));
    const kinds = values.map(({ facet, kind }) => `${facet} ${kind}`);
    expect(kinds).toEqual(['20', '40'].flatMap((S) => ['reference', 'zero', 'curve', 'curve'].map((k) => `${S} ${k}`)));
  });

  it('that the run has no numbers for are named', () => {
    const config = { ...manifest().config, figures: [{ x: 'S', y: 'degraded' }] };
    const missing: string[] = [];
    expect(runFigures(temporaryFolder(), manifest({ config }), sweep, (text) => missing.push(text))).toEqual([]);
    expect(missing).toEqual(['no figure of degraded against S: no cell has degraded']);
  });

  it('of a run that is not finished are refused', async () => {
    const folder = writeRun(sweep, manifest({ status: 'running' }));
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(/is not finished/);
  });

  it('are refused for a wrong request, naming it', async () => {
    const folder = writeRun(sweep, manifest({ config: { ...manifest().config, figures: [{ x: 'T', y: 'mse' }] } }));
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(/figures: x: unknown column "T"/);
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'summary.csv']);
    writeFileSync(path.join(folder, 'summary.csv'), '');
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(UserError);
  });
});
