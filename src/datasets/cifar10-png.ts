import { EnvironmentError } from '../util/errors.ts';

const plane = 32 * 32;

/**
 * CIFAR-10 records from an image of 1024 x n pixels whose row i is image i, its pixels in row order.
 * @param labels at least n
 * @returns n records in the official layout: label, red plane, green plane, blue plane
 */
export async function cifar10FromPng(png: Buffer, labels: readonly number[]): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(png)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== plane || info.channels !== 3 || labels.length < info.height) {
    throw new EnvironmentError(
      `an image of ${info.width} x ${info.height} pixels with ${labels.length} labels is no CIFAR-10`,
    );
  }
  const record = 1 + 3 * plane;
  const out = Buffer.alloc(info.height * record);
  for (let image = 0; image < info.height; image++) {
    out[image * record] = labels[image]!;
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        out[image * record + 1 + channel * plane + pixel] = data[(image * plane + pixel) * 3 + channel]!;
      }
    }
  }
  return out;
}
