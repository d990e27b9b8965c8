import type { Fill, LegendItem } from '../plot/picture.ts';

/** A bar of a training that ended with wrong weights is hatched: its length is not to be compared. */
export function barFill(colour: string, wrong: boolean): Fill {
  return { colour, outline: wrong ? colour : '#ffffff', hatched: wrong };
}

export function wrongLegend(trainings: readonly { readonly wrong: boolean }[]): LegendItem[] {
  return trainings.some(({ wrong }) => wrong)
    ? [{ label: 'wrong weights', fill: { colour: '#555555', outline: '#555555', hatched: true } }]
    : [];
}
