import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inferenceFigures as runFigures } from '../../src/figures/choose.ts';
import { lambdaPicture } from '../../src/figures/pictures/lambda.ts';
import { bestRow, surfacePicture, surfaces } from '../../src/figures/pictures/surface.ts';
import type { Picture } from '../../src/figures/plot/picture.ts';
import type { FigureRequest } from '../../src/figures/request.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { readTrialValues } from '../../src/results/trial-values.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { data, drawn, labelsOf, marksOf, only, spread, stylesOf, sweep } from '../helpers/pictures.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

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

  it('draws the horizontal lines of a scheme and its variant, of one colour, in dashes of their own, in the legend too', () => {
    const own = [
      ...['BACC', 'BACC-kriging'].map((scheme) => summaryRow({ scheme }, { mse: spread(2) })),
      ...swept('lambda_enc', 'NeRCC'),
      ...swept('lambda_enc', 'NeRCC-path'),
    ];
    const picture = lambdaPicture(data(own, request), stylesOf(own));
    const rules = marksOf(picture, 'rule').filter(({ from }) => from.x === -Infinity);
    for (const strokes of [
      rules.map(({ stroke }) => stroke),
      picture.legend.flatMap(({ label, stroke }) => (stroke && /BACC|= 0/.test(label) ? [stroke] : [])),
    ])
      expect(new Set(strokes.map((stroke) => JSON.stringify(stroke))).size).toBe(4);
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
const surface = (rows: readonly SummaryRow[]) => surfacePicture({ scheme: 'NeRCC', rows, apart: [] }, 'mse');
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

  it('of one trial has no standard error', () => {
    const once = grid.map(({ key }, i) => summaryRow(key, { mse: [1 + i] }));
    expect(drawn(surface(once))).toMatch(/MSE = 1<\/title>/);
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

  it('of two outputs say which they are of', () => {
    const softmax = grid.map((row) => ({ ...row, key: { ...row.key, output: 'softmax' } }));
    expect(surfaces(grid).map(({ apart }) => apart)).toEqual([[]]);
    expect(surfaces([...grid, ...softmax]).map(({ apart }) => apart)).toEqual([['output=logits'], ['output=softmax']]);
    const [first, second] = runFigures(writeRun([...grid, ...softmax]), manifest(), [...grid, ...softmax]);
    expect(first!.name).toBe('surface-mse-NeRCC-K=20-N=100-S=40-output=logits');
    expect(second!.caption).toContain('output=softmax');
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
