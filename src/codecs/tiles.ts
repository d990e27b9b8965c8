/**
 * K images side by side in one of the original size: the parity query of ParM's concatenation code (Kosaian et al., SOSP 2019,
 * section 4.2.1). The tiles stand on a grid of ⌈√K⌉ columns and ⌈K / columns⌉ rows, row by row; each is the mean over the area
 * that a tile pixel covers. What the grid does not cover stays 0.
 * @param images [K, channels, height, width]
 * @param shape [channels, height, width]
 * @returns [channels, height, width]
 */
export function tiledImage(images: Float32Array, K: number, shape: readonly [number, number, number]): Float32Array {
  const [channels, height, width] = shape;
  const columns = Math.ceil(Math.sqrt(K));
  const rows = Math.ceil(K / columns);
  const across = areaWeights(width, Math.floor(width / columns));
  const down = areaWeights(height, Math.floor(height / rows));
  const result = new Float32Array(channels * height * width);
  for (let k = 0; k < K; k++) {
    const top = Math.floor(k / columns) * down.length;
    const left = (k % columns) * across.length;
    for (let c = 0; c < channels; c++) {
      const plane = images.subarray((k * channels + c) * height * width, (k * channels + c + 1) * height * width);
      down.forEach((pixelRows, i) => {
        across.forEach((pixelColumns, j) => {
          let mean = 0;
          for (const [y, a] of pixelRows) for (const [x, b] of pixelColumns) mean += a * b * plane[y * width + x]!;
          result[(c * height + top + i) * width + left + j] = mean;
        });
      });
    }
  }
  return result;
}

/** For each of `to` equal parts of a line of `from` pixels, the pixels it covers with their shares; shares sum to 1. */
function areaWeights(from: number, to: number): [pixel: number, share: number][][] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const part: [number, number][] = [];
    for (let pixel = Math.floor(i * scale); pixel < from; pixel++) {
      const share = (Math.min(pixel + 1, (i + 1) * scale) - Math.max(pixel, i * scale)) / scale;
      if (share <= 0) break;
      part.push([pixel, share]);
    }
    return part;
  });
}
