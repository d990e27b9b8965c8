import type { Picture } from './plot/picture.ts';

/** A figure of a run. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  /** What a caption says. */
  readonly caption: string;
  readonly picture: Picture;
}
