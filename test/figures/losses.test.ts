import { expect, it } from 'vitest';
import { lossPicture } from '../../src/figures/pictures/losses.ts';
import { drawn, labelsOf, marksOf } from '../helpers/pictures.ts';

const curve = (series: string, measure: string, losses: readonly number[]) =>
  losses.map((loss, i) => ({ series, measure, epoch: i + 1, loss }));

it('the losses of two networks have a panel and an axis each; an epoch without a loss has no point', () => {
  const picture = lossPicture(
    [...curve('base', 'cross-entropy', [2, 0.1]), ...curve('base-k2', 'mean squared error', [0.5, Number.NaN, 0.4])],
    'a name',
  );
  drawn(picture);
  expect(picture.panels.map(({ y }) => y.title)).toEqual(['cross-entropy', 'mean squared error']);
  expect(picture.panels.map(({ y }) => y.scale.kind)).toEqual(['log', 'linear']);
  expect(labelsOf(picture)).toEqual(['base', 'base-k2']);
  const [base, parity] = [0, 1].map((panel) => marksOf(picture, 'point', panel).map(({ x, y }) => [x, y]));
  expect(base).toEqual([
    [1, 2],
    [2, 0.1],
  ]);
  expect(parity).toEqual([
    [1, 0.5],
    [3, 0.4],
  ]);
  expect(marksOf(picture, 'point')[0]!.tip).toBe('base, epoch 1: cross-entropy = 2');
});
