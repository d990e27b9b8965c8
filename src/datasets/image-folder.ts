import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { z } from 'zod';
import { UserError } from '../util/errors.ts';
import { readUserFile, reasonOf } from '../util/files.ts';
import type { Dataset } from './dataset.ts';
import { decodeImage } from './decode-image.ts';

const shape = [3, 224, 224] as const;
const imageBytes = 3 * 224 * 224;

/** Decoded images are kept as bytes up to this much memory, the least recently used going first. */
const cacheBytes = 96 * 1024 * 1024;

export interface ImageFolderOptions {
  /** What results call the data set; default: the folder. */
  readonly name?: string;
  /** Path of a JSON table [{index, wnid}] from folder names to classes; default: rank of the folder's name. */
  readonly classes?: string;
  /** `skip` decodes every image on opening and leaves out those that cannot be read. */
  readonly unreadable?: 'refuse' | 'skip';
  /** Told of each image that is left out; default: a line on stderr. */
  readonly warn?: (message: string) => void;
}

interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/**
 * Opens a folder that holds one folder of images for each class. Images are decoded when they are read, and kept.
 * @throws UserError when the folder is missing, empty, or has a class folder that the table does not know; on reading,
 *   when an image is damaged
 */
export async function openImageFolder(folder: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const classFolders = await listClassFolders(folder);
  const classOf = options.classes ? await readClassTable(options.classes) : ranks(classFolders, folder);
  let files: ImageFile[] = [];
  for (const name of classFolders) {
    const label = classOf.get(name);
    if (label === undefined) throw new UserError(`${join(folder, name)}: no class '${name}' in ${options.classes}`);
    const images = (await readdir(join(folder, name))).filter((file) => /\.(jpe?g|png)$/i.test(file)).sort();
    files.push(...images.map((file) => ({ path: join(folder, name, file), label })));
  }
  if (files.length === 0) throw new UserError(`${folder} holds no .jpg, .jpeg or .png in its folders`);
  if (options.unreadable === 'skip') files = await readableFiles(files, options.warn ?? warnOnce);

  const decoded = lruCache(Math.floor(cacheBytes / imageBytes));
  return {
    name: options.name ?? folder,
    length: files.length,
    shape,
    sha256: await digestOf(folder, files),
    label: (index) => files[index]!.label,
    async read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!;
        let pixels = decoded.get(index);
        if (!pixels) {
          const { path } = files[index]!;
          pixels = await decode(path).catch((error: Error) => {
            throw new UserError(`${error.message}; 'unreadable: skip' in an imagefolder leaves such images out`);
          });
          decoded.set(index, pixels);
        }
        const to = i * imageBytes;
        for (let j = 0; j < imageBytes; j++) out[to + j] = pixels[j]! / 255;
      }
    },
  };
}

async function listClassFolders(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).sort();
    // links to folders count: without one of them the classes of the others would be wrong
    const isFolder = await Promise.all(
      names.map(async (name) => {
        const entry = await stat(join(folder, name)).catch(() => undefined);
        return entry?.isDirectory() ?? false;
      }),
    );
    return names.filter((_, i) => isFolder[i]);
  } catch (error) {
    throw new UserError(`image folder ${folder} cannot be read: ${reasonOf(error)}`);
  }
}

function ranks(classFolders: readonly string[], folder: string): Map<string, number> {
  const wordnet = classFolders.filter((name) => /^n\d{8}$/.test(name)).length;
  if (wordnet > 0 && wordnet < 1000) {
    throw new UserError(
      `${folder} has ${wordnet} of ImageNet's 1,000 class folders, so their order does not give the class: ` +
        'add classes: table.json with [{"index": 0, "wnid": "n01440764"}, …]',
    );
  }
  return new Map(classFolders.map((name, rank) => [name, rank]));
}

const classTableSchema = z.array(z.object({ index: z.int().min(0), wnid: z.string() })).min(1);

/**
 * A table from class folders to classes.
 * @throws UserError when the file is missing or is no such table
 */
async function readClassTable(path: string): Promise<Map<string, number>> {
  const text = (await readUserFile(path, 'class table')).toString();
  try {
    return new Map(classTableSchema.parse(JSON.parse(text)).map(({ wnid, index }) => [wnid, index]));
  } catch {
    throw new UserError(`class table ${path} is not JSON of the form [{"index": 0, "wnid": "n01440764"}, …]`);
  }
}

async function decode(path: string): Promise<Uint8Array> {
  return decodeImage(await readUserFile(path, 'image'), path);
}

const warned = new Set<string>();

/** A run opens its data several times, and once more in each worker thread. */
function warnOnce(message: string): void {
  if (!isMainThread || warned.has(message)) return;
  warned.add(message);
  console.warn(message);
}

async function readableFiles(files: readonly ImageFile[], warn: (message: string) => void): Promise<ImageFile[]> {
  const readable: ImageFile[] = [];
  for (const file of files) {
    try {
      await decode(file.path);
      readable.push(file);
    } catch (error) {
      warn(`skipped: ${(error as Error).message}`);
    }
  }
  if (readable.length === 0) throw new UserError(`none of the ${files.length} images can be read`);
  return readable;
}

/** SHA-256 over names below the folder and contents of all images. */
async function digestOf(folder: string, files: readonly ImageFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, label } of files) {
    const bytes = await readFile(path);
    hash.update(`${path.slice(folder.length).replaceAll('\\', '/')}\n${label}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
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
