import { UserError } from '../../util/errors.ts';
import { smallestText } from './text.ts';

/** What a figure is drawn on: how wide it is and how large its text and lines are there. */
export interface Sheet {
  /** `px` on a screen, `pt` on paper: the unit of all lengths below. */
  readonly unit: 'px' | 'pt';
  /** Set on paper; on a screen a figure is as wide as its panels want. */
  readonly width?: number;
  /** Whether the conditions stand above the figure; on paper they belong into the caption. */
  readonly title: boolean;
  readonly text: { readonly tick: number; readonly label: number };
  readonly line: number;
  readonly marker: number;
}

export const screen: Sheet = {
  unit: 'px',
  title: true,
  text: { tick: 10.5, label: 11.5 },
  line: 1.8,
  marker: 7,
};

/** Points in each unit that a width may be written in. */
const units: Readonly<Record<string, number>> = { in: 72, cm: 72 / 2.54, mm: 72 / 25.4, pt: 1 };

/** Narrowest and widest figure of a paper, in points. */
const narrowest = 100;
const widest = 1000;

/**
 * A sheet as wide as a column of a paper: a figure is put there at its own size, so its text keeps its size.
 * @param width such as `3.25in`, `84mm`, `8.4cm`, `240pt`
 * @throws UserError for anything else
 */
export function paperSheet(width: string): Sheet {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(in|cm|mm|pt)$/.exec(width.trim()) ?? [];
  const points = Number(number) * (units[unit ?? ''] ?? Number.NaN);
  if (!(points >= narrowest && points <= widest)) {
    throw new UserError(
      `--width ${width}: expected a width from ${narrowest} to ${widest} pt with its unit (in, cm, mm or pt), such as 3.25in or 84mm`,
    );
  }
  return {
    unit: 'pt',
    width: points,
    title: false,
    text: { tick: smallestText, label: smallestText + 0.5 },
    line: 1,
    marker: 4.2,
  };
}

/** Thinnest line of a figure: thinner ones vanish in print. */
export const thinnestLine = 0.5;
