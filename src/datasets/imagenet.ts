import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOfFile } from '../util/digest.ts';
import { UserError } from '../util/errors.ts';
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

/**
 * Decodes every image, and compares each with the digests that the pull recorded, where they are (none is published).
 * @throws UserError that names the first image that is missing, altered or damaged
 */
export async function verifyImagenetSamples(context: LookupContext = {}): Promise<string> {
  const dataset = await openImagenetSamples(context);
  const folder = locateImagenetSamples(context.env)!;
  const record = join(folder, 'digests.json');
  const recorded = existsSync(record) ? recordSchema.parse(JSON.parse(readFileSync(record, 'utf8'))).digests : {};
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
