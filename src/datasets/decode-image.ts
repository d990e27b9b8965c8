import { UserError } from '../util/errors.ts';

/** Sides of an ImageNet image: resized so that the short side is 256, then the centre 224 x 224. */
const resizeTo = 256;
export const cropSize = 224;

/** How many times longer than wide an image may be: the whole of it is resized before the crop. */
const longest = 100;

/**
 * Decodes a JPEG or PNG as ImageNet models are evaluated: RGB (grey and palette images are converted, embedded colour
 * profiles ignored), the short side resized to 256 by an antialiased bicubic filter unless it is 256 already, the centre
 * 224 x 224 with its offset rounded down.
 * @param path the file's name, for messages
 * @returns [3, 224, 224] bytes, planes first
 * @throws UserError when the image is damaged or of another format
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  try {
    const image = sharp(bytes, { failOn: 'warning', ignoreIcc: true });
    const { width, height, format } = await image.metadata();
    if (format !== 'jpeg' && format !== 'png') throw new Error(`it is ${format}, not JPEG or PNG`);
    const short = Math.min(width, height);
    if (Math.max(width, height) > longest * short) throw new Error(`${width} x ${height} pixels are no picture`);
    const [w, h] = [width, height].map((side) => Math.floor((resizeTo * side) / short)) as [number, number];
    if (short !== resizeTo) image.resize(w, h, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false });
    // the whole image is decoded, so that damage outside the crop is seen too
    const { data, info } = await image.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return cropPlanes(data, info);
  } catch (error) {
    throw new UserError(`image ${path} cannot be decoded: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** The centre of interleaved pixels (3 channels, or 1 of a grey image: repeated) as planes. */
function cropPlanes(pixels: Uint8Array, size: { width: number; height: number; channels: number }): Uint8Array {
  const { width, height, channels } = size;
  const left = Math.floor((width - cropSize) / 2);
  const top = Math.floor((height - cropSize) / 2);
  const out = new Uint8Array(3 * cropSize * cropSize);
  for (let channel = 0; channel < 3; channel++) {
    const from = channels < 3 ? 0 : channel;
    for (let y = 0; y < cropSize; y++) {
      const row = ((top + y) * width + left) * channels + from;
      const to = (channel * cropSize + y) * cropSize;
      for (let x = 0; x < cropSize; x++) out[to + x] = pixels[row + x * channels]!;
    }
  }
  return out;
}
