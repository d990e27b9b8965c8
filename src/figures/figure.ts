import type { Picture } from './plot/picture.ts';
import type { Sheet } from './plot/sheet.ts';

interface Named {
  /** File name without extension. */
  readonly name: string;
  /** What a caption says. */
  readonly caption: string;
}

/** A figure of a run: panels with axes and marks. */
export interface Figure extends Named {
  readonly picture: Picture;
}

/** A figure that is no chart, such as images beside each other. */
export interface OwnFigure extends Named {
  /** @returns the figure as SVG, at the width of the sheet */
  draw(sheet: Sheet): Promise<string>;
}
