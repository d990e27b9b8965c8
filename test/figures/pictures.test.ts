import { describe, expect, it } from 'vitest';
import { inferenceFigures as runFigures } from '../../src/figures/choose.ts';
import { dotsPicture } from '../../src/figures/pictures/dots.ts';
import { heatTable } from '../../src/figures/pictures/heat-table.ts';
import { linePicture } from '../../src/figures/pictures/lines.ts';
import { placesPicture } from '../../src/figures/pictures/places.ts';
import { defaultRequests, parseRequests } from '../../src/figures/request.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { UserError } from '../../src/util/errors.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { againstS, data, drawn, labelsOf, marksOf, only, spread, stylesOf, sweep } from '../helpers/pictures.ts';
import { manifest, summaryRow } from '../helpers/run.ts';

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
    const unlabelled = [0, 20, 40].map((S) => summaryRow({ S }, { mse: [1, 2], agreement: [0.9, 1] }));
    expect(defaultRequests(unlabelled, 'mse').map(({ y }) => y)).toEqual(['mse', 'agreement']);
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
