import type { Sharp } from 'sharp';
import { UserError } from '../util/errors.ts';
import { type Raster, type Rectangle, resizeBicubic } from './resample.ts';

/** What becomes of an image, so that it is a point of a data set. */
export interface Framing {
  /** The image is resized so that its short side has this many pixels; absent: it is left as it is. */
  readonly shortSide?: number;
  /** Side of the square that is cropped from the centre, its offset rounded down; absent: the whole image. */
  readonly crop?: number;
  /** 3: red, green and blue; 1: grey (ITU-R 601 luma). */
  readonly channels: 1 | 3;
}

/** As ImageNet models are evaluated: the short side 256, then the centre 224 x 224. */
export const imagenetFraming: Framing = { shortSide: 256, crop: 224, channels: 3 };

/** How many times longer than wide an image may be: the whole of it is resized before the crop. */
const longest = 100;

/**
 * Decodes a JPEG or PNG as PyTorch's loaders do: Pillow's `convert('RGB')` (or `'L'`), then resize, then crop. So opacity,
 * embedded colour profiles and rotation tags are ignored, and inks are taken for complements of red, green and blue.
 * @param path the file's name, for messages
 * @returns [channels, height, width] bytes, planes first
 * @throws UserError when the image is damaged, of another format, or smaller than the crop
 */
export async function decodeImage(bytes: Uint8Array, path: string, framing = imagenetFraming): Promise<Uint8Array> {
  try {
    const file = await openImage(bytes);
    const frame = frameOf(file, framing);
    // the whole image is decoded, so that damage outside the crop is seen too
    return planes(cropped(inChannels(await raster(file), framing.channels), frame));
  } catch (error) {
    throw new UserError(`image ${path} cannot be decoded: ${(error as Error).message.split('\n')[0]}`);
  }
}

/**
 * Height and width of the point that an image becomes, from the image's header alone.
 * @throws UserError as `decodeImage`
 */
export async function framedSize(bytes: Uint8Array, path: string, framing: Framing): Promise<[number, number]> {
  try {
    const { window } = frameOf(await openImage(bytes), framing);
    return [window.height, window.width];
  } catch (error) {
    throw new UserError(`image ${path} cannot be decoded: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** An image whose header was read. */
interface ImageFile {
  readonly pipeline: Sharp;
  readonly width: number;
  readonly height: number;
  /** Of cyan, magenta, yellow and black. */
  readonly inks: boolean;
}

async function openImage(bytes: Uint8Array): Promise<ImageFile> {
  const { default: sharp } = await import('sharp');
  const pipeline = sharp(bytes, { failOn: 'warning', ignoreIcc: true });
  const { width, height, format, space } = await pipeline.metadata();
  if (format !== 'jpeg' && format !== 'png') throw new Error(`it is ${format}, not JPEG or PNG`);
  return { pipeline, width, height, inks: space === 'cmyk' };
}

/** Size of the resized image, and the part of it that is kept. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly window: Rectangle;
}

function frameOf({ width, height }: ImageFile, { shortSide, crop }: Framing): Frame {
  const short = Math.min(width, height);
  let resized = { width, height };
  if (shortSide !== undefined) {
    if (Math.max(width, height) > longest * short) throw new Error(`${width} x ${height} pixels are no picture`);
    const scaled = (side: number) => Math.floor((shortSide * side) / short);
    resized = { width: scaled(width), height: scaled(height) };
  }
  if (crop === undefined) return { ...resized, window: { left: 0, top: 0, ...resized } };
  if (Math.min(resized.width, resized.height) < crop) {
    throw new Error(
      `it has ${width} x ${height} pixels, fewer than size: ${crop}; without 'resize: none' it is enlarged`,
    );
  }
  const left = Math.floor((resized.width - crop) / 2);
  const top = Math.floor((resized.height - crop) / 2);
  return { ...resized, window: { left, top, width: crop, height: crop } };
}

/** The decoded pixels: 1 (grey) or 3 channels of bytes, 16-bit values cut to their upper half. */
async function raster({ pipeline, inks }: ImageFile): Promise<Raster> {
  // inks would be turned into red, green and blue by a colour profile of the library's own
  if (inks) pipeline.pipelineColourspace('cmyk').toColourspace('cmyk');
  else pipeline.toColourspace('srgb').removeAlpha();
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return inks ? fromInks({ width, height, channels, pixels: data }) : { width, height, channels, pixels: data };
}

/** `a · b / 255`, rounded, for bytes. */
function share(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** Cyan, magenta, yellow and black as red, green and blue: `(1 - ink) · (1 - black)`. */
function fromInks({ width, height, channels, pixels }: Raster): Raster {
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const light = 255 - pixels[i * channels + 3]!;
    for (let ink = 0; ink < 3; ink++) out[i * 3 + ink] = light - share(pixels[i * channels + ink]!, light);
  }
  return { width, height, channels: 3, pixels: out };
}

/** A grey image repeated in three channels, or a coloured one as its luma. */
function inChannels(image: Raster, wanted: 1 | 3): Raster {
  const { width, height, channels, pixels } = image;
  if (channels === wanted) return image;
  const out = new Uint8Array(width * height * wanted);
  for (let i = 0; i < width * height; i++) {
    if (wanted === 3) out.fill(pixels[i * channels]!, 3 * i, 3 * i + 3);
    else {
      const [red, green, blue] = [pixels[i * channels]!, pixels[i * channels + 1]!, pixels[i * channels + 2]!];
      out[i] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16; // 0.299, 0.587 and 0.114 of 2^16
    }
  }
  return { width, height, channels: wanted, pixels: out };
}

function cropped(image: Raster, { width, height, window }: Frame): Raster {
  if (width !== image.width || height !== image.height) return resizeBicubic(image, width, height, window);
  if (window.width === width && window.height === height) return image;
  const { channels, pixels } = image;
  const row = window.width * channels;
  const out = new Uint8Array(window.height * row);
  for (let y = 0; y < window.height; y++) {
    const from = ((window.top + y) * width + window.left) * channels;
    out.set(pixels.subarray(from, from + row), y * row);
  }
  return { width: window.width, height: window.height, channels, pixels: out };
}

/** Interleaved pixels as planes. */
function planes({ width, height, channels, pixels }: Raster): Uint8Array {
  const size = width * height;
  const out = new Uint8Array(size * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < size; i++) out[channel * size + i] = pixels[i * channels + channel]!;
  }
  return out;
}
