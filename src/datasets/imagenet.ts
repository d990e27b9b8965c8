import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOfFile } from '../util/digest.ts';
import { UserError } from '../util/errors.ts';
import { readRegularFile } from '../util/files.ts';
import { dataFolderCure, dataFolders, type LookupContext } from '../util/folders.ts';
import type { Dataset } from './dataset.ts';
import { openImageFolder } from './image-folder.ts';
import type { ImageListing } from './image-listing.ts';

/** The first data folder's `imagenet` folder with images (`val/<wnid>/`) and the table of classes. */
export function locateImagenetSamples(env?: NodeJS.ProcessEnv): string | undefined {
  return dataFolders(env)
    .map((folder) => join(folder, 'imagenet'))
    .find((folder) => existsSync(join(folder, 'val')) && existsSync(join(folder, 'classes.json')));
}

/**
 * One image for each ImageNet-1K class: realistic inputs, not the validation set.
 * @throws UserError when they are not in a data folder
 */
export async function openImagenetSamples(context: LookupContext = {}, listing?: ImageListing): Promise<Dataset> {
  const folder = locateImagenetSamples(context.env);
  if (!folder) {
    const looked = dataFolders(context.env).map((data) => join(data, 'imagenet'));
    throw new UserError(
      `imagenet-samples: no val/ and classes.json in ${looked.join(', ')}; get them by 'approxifer datasets pull imagenet-samples', or ${dataFolderCure(context.env)}`,
    );
  }
  const classes = join(folder, 'classes.json');
  return openImageFolder(join(folder, 'val'), { name: 'imagenet-samples', classes, listing });
}

const recordSchema = z.object({ source: z.string(), digests: z.record(z.string(), z.string()) });

/** Digests by file below the folder. @throws UserError for what no pull writes */
function readRecord(file: string): Record<string, string> {
  try {
    return recordSchema.parse(JSON.parse(readRegularFile(file).toString())).digests;
  } catch {
    throw new UserError(`${file} is not what a pull records; remove it, and pull imagenet-samples again`);
  }
}

/**
 * Decodes every image, and compares each with the digests that the pull recorded, where they are (none is published).
 * @throws UserError that names the first image that is missing, altered or damaged
 */
export async function verifyImagenetSamples(context: LookupContext = {}): Promise<string> {
  const dataset = await openImagenetSamples(context);
  const folder = locateImagenetSamples(context.env)!;
  const record = join(folder, 'digests.json');
  const recorded = existsSync(record) ? readRecord(record) : {};
  for (const [file, expected] of Object.entries(recorded)) {
    const actual = await digestOfFile(join(folder, file)).catch(() => 'none: it is missing');
    if (actual !== expected)
      throw new UserError(`${join(folder, file)} is altered: SHA-256 ${actual}, expected ${expected}`);
  }
  const point = new Float32Array(dataset.shape.reduce((product, dim) => product * dim, 1));
  for (let index = 0; index < dataset.length; index++) await dataset.read([index], point);
  const compared = existsSync(record) ? 'as they were pulled' : 'none is published or recorded to compare with';
  return `${dataset.length} images, all decoded; SHA-256 of all ${dataset.sha256} (${compared})`;
}
