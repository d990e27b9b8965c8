import { describe, expect, it } from 'vitest';
import { publishedFigures } from '../../src/figures/pictures/published.ts';
import type { Picture } from '../../src/figures/plot/picture.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import type { PublishedNumber } from '../../src/tables/published.ts';
import { drawn, labelsOf, marksOf, only, spread, stylesOf } from '../helpers/pictures.ts';
import { summaryRow } from '../helpers/run.ts';

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
