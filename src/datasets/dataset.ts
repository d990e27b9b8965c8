/** A labelled set of points, read lazily. */
export interface Dataset {
  readonly name: string;
  /** Number of points. */
  readonly length: number;
  /** Shape of one point, such as [1, 28, 28] (channels, height, width); product D. */
  readonly shape: readonly number[];
  /** SHA-256 over the data that the points come from, hexadecimal. */
  readonly sha256: string;
  /** The class of point `index`, 0 … classes-1. */
  label(index: number): number;
  /**
   * Writes the points to `out` [indices.length, D] row-major, images as pixel / 255 with planes first.
   */
  read(indices: readonly number[], out: Float32Array): Promise<void>;
}
