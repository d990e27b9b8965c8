import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { dataFolders, type LookupContext } from '../util/folders.ts';
import type { Dataset } from './dataset.ts';
import { openImageFolder } from './image-folder.ts';

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
export async function openImagenetSamples(context: LookupContext = {}): Promise<Dataset> {
  const folder = locateImagenetSamples(context.env);
  if (!folder) {
    const looked = dataFolders(context.env).map((data) => join(data, 'imagenet'));
    throw new UserError(
      `imagenet-samples: no val/ and classes.json in ${looked.join(', ')}; get them by 'approxifer datasets pull imagenet-samples', or set APPROXIFER_DATA`,
    );
  }
  return openImageFolder(join(folder, 'val'), { name: 'imagenet-samples', classes: join(folder, 'classes.json') });
}
