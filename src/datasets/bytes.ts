import type { Dataset } from './dataset.ts';

/** Images kept as bytes, 0 … 255. */
export interface ByteImages {
  readonly name: string;
  /** [channels, height, width]; product D. */
  readonly shape: readonly number[];
  /** [length, D] row-major, planes first, `stride` bytes apart from `offset` on. */
  readonly pixels: Uint8Array;
  /** Bytes from one image to the next (default D: nothing between them). */
  readonly stride?: number;
  /** Bytes before the first image (default 0). */
  readonly offset?: number;
  /** Number of images. */
  readonly length: number;
  /** [length]; absent where the images have none. */
  readonly labels?: Uint8Array | undefined;
  readonly sha256: string;
}

/** `value / 255` of each byte: a look-up is cheaper than the division in the loop over all pixels. */
export const unitOfByte = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** A data set over images kept as bytes; a point is pixel / 255, rounded to float32. */
export function byteDataset(images: ByteImages): Dataset {
  const { name, shape, pixels, length, labels, sha256 } = images;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const { stride = size, offset = 0 } = images;
  return {
    name,
    length,
    shape,
    sha256,
    ...(labels && { label: (index: number) => labels[index]! }),
    async read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const from = offset + indices[i]! * stride;
        const to = i * size;
        for (let j = 0; j < size; j++) out[to + j] = unitOfByte[pixels[from + j]!]!;
      }
    },
  };
}
