import { statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../util/errors.ts';
import { FileBytes } from '../util/file-bytes.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import { digestOfContent, digestOfPieces } from './manifest.ts';
import { files } from './schema.ts';

/** Whether a run folder has a file; of the paired differences, also packed. */
export function hasFile(folder: string, name: string): boolean {
  return isFile(placeOf(folder, name));
}

/** Where a file of a run is: a reference keeps many paired differences packed. */
function placeOf(folder: string, name: string): string {
  const [plain, packed] = [path.join(folder, name), path.join(folder, files.pairedPacked)];
  return name === files.paired && !isFile(plain) && isFile(packed) ? packed : plain;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A text file of a run. @throws UserError where it is missing or no regular file */
export function readRunText(folder: string, name: string): string {
  return readRunFile(folder, name).toString('utf8');
}

/**
 * The bytes of a file of a run, unpacked where the folder has it packed.
 * @throws UserError when it cannot be read
 */
export function readRunFile(folder: string, name: string): Buffer {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat)
    throw new UserError(`${folder}: no such folder; give the folder of a run, such as results/runs/quickstart`);
  if (!stat.isDirectory()) throw new UserError(`${folder}: is not a folder; give the folder of a run`);
  const file = placeOf(folder, name);
  try {
    const bytes = readRegularFile(file);
    return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? missing(folder, name) : `${name} cannot be read: ${reasonOf(error)}`;
    throw new UserError(`${folder}: ${reason}`);
  }
}

/** The digest of a file of a run, as its manifest has it. @throws as `readRunFile` */
export function digestOfRunFile(folder: string, name: string): string {
  const file = placeOf(folder, name);
  return file.endsWith('.gz') || !isFile(file)
    ? digestOfContent(name, readRunFile(folder, name))
    : digestOfPieces(name, new FileBytes(file));
}

/** Why a run has no such file, in one line. */
function missing(folder: string, name: string): string {
  if (name === files.manifest || !hasFile(folder, files.samples))
    return `has no ${name}; is it the folder of a finished run?`;
  return `is of kind: samples, which measures nothing: it has ${files.samples} in place of ${name}; draw it by: approxifer figures ${folder}`;
}
