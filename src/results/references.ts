import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import { printable } from '../util/text.ts';

/** The references that ship: all in a checkout, the quickstart's in an installed package. */
export const packagedReferences = path.join(packageRoot, 'results', 'reference');

/** Where a name can lead to: a folder, and where references ship. A path is a folder alone. */
export function placesOf(name: string): readonly string[] {
  const isName = name !== '' && path.basename(name) === name && !name.startsWith('.');
  return isName ? [name, path.join(packagedReferences, name)] : [name];
}

/**
 * Finds what a run is compared with: a folder, or the name of a reference that ships (`quickstart`).
 * @param run folder of the run: where it has the reference's name and is what the name leads to, the reference is meant
 * @throws UserError when a name leads nowhere
 */
export function referenceFolder(name: string, run: string): string {
  const [, packaged] = placesOf(name);
  if (packaged === undefined) return name;
  if (existsSync(packaged) && (!existsSync(name) || path.resolve(name) === path.resolve(run))) return packaged;
  if (!existsSync(name))
    throw new UserError(
      `${printable(name)}: no such folder, and no reference that ships has this name; "approxifer list references" shows those`,
    );
  return name;
}
