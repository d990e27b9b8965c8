import { basename } from 'node:path';
import { UserError } from '../util/errors.ts';
import { sha256 as digestOf, readUserFile } from '../util/files.ts';
import { unitOfByte } from './bytes.ts';
import type { Dataset } from './dataset.ts';
import { decodeImage, type Framing, imagenetFraming } from './decode-image.ts';
import { type ImageListing, type ListingOptions, listImages } from './image-listing.ts';

/** Decoded images are kept as bytes up to this much memory, the least recently used going first. */
const cacheBytes = 16 * 1024 * 1024;

export interface ImageFolderOptions extends Partial<ListingOptions> {
  /** What results call the data set; default: the folder's name. */
  readonly name?: string;
  /** What an earlier opening of the same folder with the same options found out: nothing is listed or hashed again. */
  readonly listing?: ImageListing | undefined;
}

/** The framing that `size:`, `resize:` and `channels:` of an image folder ask for. */
export function framingOf(spec: {
  readonly size?: number | undefined;
  readonly resize?: 'none' | undefined;
  readonly channels?: 1 | 3 | undefined;
}): Framing {
  const { size, resize, channels = 3 } = spec;
  if (resize === 'none') return { ...(size !== undefined && { crop: size }), channels };
  return size === undefined ? { ...imagenetFraming, channels } : { shortSide: size, crop: size, channels };
}

/**
 * Opens a folder that holds one folder of images for each class. Images are decoded when they are read, and kept.
 * @throws UserError as `listImages`; on reading, when an image is damaged
 */
export async function openImageFolder(folder: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const { name = basename(folder), framing = imagenetFraming, warn = warnOnce } = options;
  const listing = options.listing ?? (await listImages(folder, { ...options, framing, warn }));
  const { files, shape, sha256 } = listing;
  const imageBytes = shape.reduce((product, dim) => product * dim, 1);
  const decoded = lruCache(Math.floor(cacheBytes / imageBytes));
  return {
    name,
    length: files.length,
    shape,
    sha256,
    listing,
    label: (index) => files[index]!.label,
    async read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!;
        let pixels = decoded.get(index);
        if (!pixels) {
          const { path, sha256: expected } = files[index]!;
          const bytes = await readUserFile(path, 'image');
          if (digestOf(bytes) !== expected)
            throw new UserError(`image ${path} was changed while the run was under way; start anew`);
          pixels = await decodeImage(bytes, path, framing).catch((error: Error) => {
            throw new UserError(`${error.message}; 'unreadable: skip' in an imagefolder leaves such images out`);
          });
          decoded.set(index, pixels);
        }
        const to = i * imageBytes;
        for (let j = 0; j < imageBytes; j++) out[to + j] = unitOfByte[pixels[j]!]!;
      }
    },
    reshaping([channels, height, width, ...more]) {
      if (more.length > 0 || height === undefined || height !== width || (channels !== 1 && channels !== 3)) return;
      const keys = [
        ...(height !== shape[1] || width !== shape[2] ? [`size: ${height}`] : []),
        ...(channels !== shape[0] ? [`channels: ${channels}`] : []),
      ];
      return `give the imagefolder ${keys.join(', ')}`;
    },
  };
}

const warned = new Set<string>();

/** A process may open the same data several times. */
function warnOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  console.warn(message);
}

function lruCache(capacity: number) {
  const entries = new Map<number, Uint8Array>();
  return {
    get(key: number): Uint8Array | undefined {
      const value = entries.get(key);
      if (value) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key: number, value: Uint8Array): void {
      entries.set(key, value);
      if (entries.size > capacity) entries.delete(entries.keys().next().value!);
    },
  };
}
