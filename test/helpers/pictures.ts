import { expect } from 'vitest';
import { seriesStyles } from '../../src/figures/palette.ts';
import { drawPicture } from '../../src/figures/plot/draw.ts';
import type { Mark, Picture } from '../../src/figures/plot/picture.ts';
import { paperSheet, screen } from '../../src/figures/plot/sheet.ts';
import { type FigureRequest, figureData } from '../../src/figures/request.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { summaryRow } from './run.ts';

/** What the tests of single pictures share. */

export const spread = (mean: number, std = mean / 10) => [mean - std, mean, mean + std];

/** Stragglers × schemes, the mean squared error growing tenfold. */
export const sweep: SummaryRow[] = [0, 20, 40].flatMap((S) =>
  ['BACC', 'NeRCC0'].map((scheme, i) =>
    summaryRow({ scheme, S }, { mse: spread((1 + i) * 10 ** (S / 20)), relacc: spread(0.99 - S / 1000, 0.001) }),
  ),
);
export const againstS: FigureRequest = { x: 'S', y: 'mse', by: 'scheme' };

export function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1);
  return items[0]!;
}

export const stylesOf = (rows: readonly SummaryRow[]) => seriesStyles(rows.map(({ key }) => key.scheme));
export const data = (rows: readonly SummaryRow[], request: FigureRequest) => only(figureData(rows, request));
export const marksOf = <Kind extends Mark['kind']>({ panels }: Picture, kind: Kind, panel = 0) =>
  panels[panel]!.marks.filter((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);
export const labelsOf = ({ legend }: Picture) => legend.map(({ label }) => label);

/** Draws on both sheets, so that nothing is undefined there. */
export function drawn(picture: Picture): string {
  for (const sheet of [screen, paperSheet('3.25in')]) {
    expect(drawPicture(picture, sheet)).not.toMatch(/NaN|Infinity|undefined/);
  }
  return drawPicture(picture, screen);
}
