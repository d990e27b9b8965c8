import { resolve } from 'node:path';
import { UserError } from '../util/errors.ts';
import type { LookupContext } from '../util/folders.ts';
import { type Member, registry } from '../util/registry.ts';
import { cifar10Files, locateCifar10, openCifar10, recordsPerFile } from './cifar10.ts';
import type { Dataset } from './dataset.ts';
import { chebyshevPoints, drawNormal, drawUniform } from './drawn.ts';
import { framingOf, openImageFolder } from './image-folder.ts';
import type { ImageListing } from './image-listing.ts';
import { locateImagenetSamples, openImagenetSamples, verifyImagenetSamples } from './imagenet.ts';
import { fashionMnist, type IdxFamily, locateFamily, mnist, openIdx, openIdxFamily, type Split } from './mnist.ts';
import { openNpy } from './npy-dataset.ts';
import { type PullOptions, pullCifar10, pullFashionMnist, pullImagenetSamples } from './pull.ts';
import type { DatasetSpec } from './spec.ts';

/** A data set known by name. */
export interface DatasetEntry extends Member {
  /** Number of points. */
  readonly length: number;
  /** Of one point. */
  readonly shape: readonly number[];
  /** The folder it would be opened from, or undefined when it is not here. */
  locate(context: LookupContext): string | undefined;
  open(context: LookupContext, listing?: ImageListing): Promise<Dataset>;
  /**
   * Gets it from its public source into a data folder; not for those that packages ship.
   * @returns what was done, for the user
   */
  pull?(folder: string, options: PullOptions): Promise<string>;
  /** Digests of its files are published, and compared whenever it is opened. */
  readonly published: boolean;
  /**
   * Checks every file.
   * @returns what was checked and how, for the user
   * @throws UserError that names the first file that is wrong
   */
  verify(context: LookupContext): Promise<string>;
}

/** Every data set that a config can name, in the order of `datasets list`. */
export const datasets = registry<DatasetEntry>('dataset', [
  ...idxEntries(mnist, 'MNIST, grey digits 1 x 28 x 28'),
  ...idxEntries(fashionMnist, 'Fashion-MNIST, grey clothes 1 x 28 x 28', pullFashionMnist),
  cifar10Entry('test'),
  cifar10Entry('train'),
  {
    name: 'imagenet-samples',
    summary: 'one image for each ImageNet-1K class, 3 x 224 x 224; not the validation set',
    length: 1000,
    shape: [3, 224, 224],
    locate: ({ env }) => locateImagenetSamples(env),
    pull: pullImagenetSamples,
    open: openImagenetSamples,
    published: false,
    verify: verifyImagenetSamples,
  },
]);

/** What `verify` says of a data set whose opening compares every file with its published digest. */
async function opened(dataset: Promise<Dataset>): Promise<string> {
  return `${(await dataset).length} images, every file has its published SHA-256`;
}

function idxEntries(family: IdxFamily, what: string, pull?: DatasetEntry['pull']): DatasetEntry[] {
  return (['test', 'train'] as const).map((split) => ({
    name: split === 'test' ? family.name : `${family.name}-train`,
    summary: `${what}; ${split} set`,
    length: split === 'test' ? 10_000 : 60_000,
    shape: [1, 28, 28],
    locate: ({ env }) => locateFamily(family, split, env).found,
    ...(pull ? { pull } : {}),
    open: (context) => openIdxFamily(family, split, context),
    published: true,
    verify: (context) => opened(openIdxFamily(family, split, context)),
  }));
}

function cifar10Entry(split: Split): DatasetEntry {
  return {
    name: split === 'test' ? 'cifar10' : 'cifar10-train',
    summary: `CIFAR-10, colour images 3 x 32 x 32 of 10 classes; ${split} set`,
    length: cifar10Files(split).length * recordsPerFile,
    shape: [3, 32, 32],
    locate: ({ env }) => locateCifar10(split, env),
    pull: pullCifar10,
    open: (context) => openCifar10(split, context),
    published: true,
    verify: (context) => opened(openCifar10(split, context)),
  };
}

/**
 * Opens the data set of a config.
 * @param listing what an earlier opening of the same data found out (`Dataset.listing`), which is not looked for again
 * @throws UserError when the name is unknown, or a file is missing or broken
 */
export async function openDataset(
  spec: DatasetSpec,
  context: LookupContext = {},
  listing?: ImageListing,
): Promise<Dataset> {
  if (typeof spec === 'string') return datasetEntry(spec).open(context, listing);
  const path = (relative: string) => resolve(context.folder ?? '', relative);
  const labels = 'labels' in spec && spec.labels !== undefined ? path(spec.labels) : undefined;
  if ('idx' in spec) return openIdx(path(spec.idx), labels);
  if ('npy' in spec) return openNpy(path(spec.npy), labels);
  if ('uniform' in spec) return drawUniform(spec.uniform);
  if ('normal' in spec) return drawNormal(spec.normal);
  if ('chebyshev' in spec) return chebyshevPoints(spec.chebyshev);
  if ('cifar10' in spec) return openCifar10('test', context, path(spec.cifar10));
  return openImageFolder(path(spec.imagefolder), {
    framing: framingOf(spec),
    listing,
    ...(spec.classes ? { classes: path(spec.classes) } : {}),
    ...(spec.unreadable ? { unreadable: spec.unreadable } : {}),
  });
}

/**
 * The entry of a registry name.
 * @throws UserError with the nearest name when there is none, and for a file with how it is written
 */
export function datasetEntry(name: string): DatasetEntry {
  const written = datasets.has(name) ? undefined : fileSpec(name);
  if (written) throw new UserError(`'${name}' is no name of a data set; files are written ${written}`);
  return datasets.get(name);
}

/** How the config names a file that stands in the place of a registry name; undefined when it looks like a name. */
function fileSpec(name: string): string | undefined {
  if (/\.npy$/i.test(name)) return `{npy: ${name}, labels: …}`;
  if (/ubyte(\.gz)?$/i.test(name)) return `{idx: ${name}, labels: …}`;
  return /[\\/]/.test(name) ? `{imagefolder: ${name}}` : undefined;
}
