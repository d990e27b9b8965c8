/** An image of 8-bit values: `channels` interleaved, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [height, width, channels] */
  readonly pixels: Uint8Array;
}

/** A rectangle of an image, in pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Bits after the point of a weight. */
const precision = 22;

/** Keys' cubic convolution kernel with a = -1/2 (IEEE Trans. ASSP 29, 1981), zero from 2 on. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

/** The weights of one axis: output `i` is the sum over `k < count[i]` of input `first[i] + k` times `weights[i * taps + k]`. */
interface Taps {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Integers, `2 ** precision` is one. */
  readonly weights: Int32Array;
}

/**
 * Weights of the outputs `from … from + length` of an axis of `size` inputs resized to `newSize`. Pixels are squares: the
 * middle of input 0 is at 1/2. An axis that shrinks is smoothed first: the kernel is stretched by the factor.
 */
function tapsOf(size: number, newSize: number, from: number, length: number): Taps {
  const scale = size / newSize;
  const stretch = Math.max(1, scale);
  const support = 2 * stretch;
  const taps = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * taps);
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(size, Math.trunc(centre + support + 0.5));
    const exact = Float64Array.from({ length: high - low }, (_, k) => cubic((low + k - centre + 0.5) / stretch));
    const total = exact.reduce((sum, weight) => sum + weight, 0);
    first[i] = low;
    count[i] = high - low;
    exact.forEach((weight, k) => {
      const scaled = (weight / total) * 2 ** precision;
      weights[i * taps + k] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
  }
  return { taps, first, count, weights };
}

const half = 2 ** (precision - 1);

/** A weighted sum as a pixel: rounded, and cut off at 0 and 255. */
function toByte(sum: number): number {
  const value = (sum + half) >> precision;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/**
 * Resizes by the antialiased bicubic filter as Pillow does (`Image.resize(…, BICUBIC)`, on which torchvision's evaluation of
 * images rests): columns first, then rows, each rounded to bytes, with weights of 22 bits, so that the bytes are Pillow's.
 * @param width of the whole resized image, in pixels; so `height`
 * @param window the part of it to compute
 * @returns the window
 */
export function resizeBicubic(image: Raster, width: number, height: number, window: Rectangle): Raster {
  const { channels, pixels } = image;
  const across = tapsOf(image.width, width, window.left, window.width);
  const down = tapsOf(image.height, height, window.top, window.height);
  // the rows that the second pass looks at
  const top = down.first[0]!;
  const bottom = down.first.at(-1)! + down.count.at(-1)!;
  const row = window.width * channels;
  const narrow = new Uint8Array((bottom - top) * row);
  const sums = new Int32Array(channels);
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < window.width; x++) {
      const count = across.count[x]!;
      let at = (y * image.width + across.first[x]!) * channels;
      sums.fill(0);
      for (let k = 0; k < count; k++) {
        const weight = across.weights[x * across.taps + k]!;
        for (let channel = 0; channel < channels; channel++) sums[channel]! += Math.imul(weight, pixels[at++]!);
      }
      for (let channel = 0; channel < channels; channel++) {
        narrow[(y - top) * row + x * channels + channel] = toByte(sums[channel]!);
      }
    }
  }
  const out = new Uint8Array(window.height * row);
  const columns = new Int32Array(row);
  for (let y = 0; y < window.height; y++) {
    columns.fill(0);
    for (let k = 0; k < down.count[y]!; k++) {
      const weight = down.weights[y * down.taps + k]!;
      const from = (down.first[y]! + k - top) * row;
      for (let at = 0; at < row; at++) columns[at]! += Math.imul(weight, narrow[from + at]!);
    }
    for (let at = 0; at < row; at++) out[y * row + at] = toByte(columns[at]!);
  }
  return { width: window.width, height: window.height, channels, pixels: out };
}
