import type { ImageListing } from './image-listing.ts';

/** A set of points, read lazily. */
export interface Dataset {
  /** The registry name, or the name of the file or folder: never a path. */
  readonly name: string;
  /** Number of points. */
  readonly length: number;
  /** Shape of one point, such as [1, 28, 28] (channels, height, width); product D. */
  readonly shape: readonly number[];
  /** SHA-256 over everything that the points and labels come from, hexadecimal. */
  readonly sha256: string;
  /** The class of point `index`, 0 … classes-1; absent where the points have no labels: then there is no accuracy. */
  readonly label?: (index: number) => number;
  /**
   * Writes the points to `out` [indices.length, D] row-major, finite; images as pixel / 255 with planes first.
   */
  read(indices: readonly number[], out: Float32Array): Promise<void>;
  /** What opening an image folder found out: with it, another thread opens the folder without doing it again. */
  readonly listing?: ImageListing;
  /** What the user can write in the config so that the points get another shape, where there is a way. */
  readonly reshaping?: (shape: readonly number[]) => string | undefined;
}
