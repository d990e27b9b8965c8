import { hash } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { UserError } from './errors.ts';
import { machineFailure, systemReason } from './machine-failure.ts';

/** SHA-256 of the bytes (or of the UTF-8 of a text), hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** What stands at a path, links followed: `a file`, `a folder`, `a FIFO`, …; undefined when nothing does. */
export async function fileKind(path: string): Promise<string | undefined> {
  return stat(path).then(kindOf, () => undefined);
}

function kindOf(entry: Stats): string {
  if (entry.isFile()) return 'a file';
  if (entry.isDirectory()) return 'a folder';
  if (entry.isFIFO()) return 'a FIFO';
  return entry.isSocket() ? 'a socket' : 'a device';
}

/**
 * The bytes of a file the user named, directly or by way of a registry.
 * @param what what the file is, for the message: `model`, `label file`
 * @throws UserError when it is missing, cannot be read, or is no regular file
 * @throws EnvironmentError when memory or open files ran out
 */
export async function readUserFile(path: string, what: string): Promise<Buffer> {
  await statUserFile(path, what);
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, what, error);
  }
}

/**
 * The size of a file the user named, in bytes. To read from a pipe or a device may never end, so they are refused.
 * @throws UserError when it is missing or no regular file
 */
export async function statUserFile(path: string, what: string): Promise<{ readonly size: number }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error(`it is ${kindOf(found)}`);
    return found;
  } catch (error) {
    throw unreadable(path, what, error);
  }
}

/**
 * The bytes of a file of the program's own, where somebody may have put something else: to read from a pipe or a device may
 * never end, and keeps this thread from its signals.
 * @throws Error when it cannot be read or is no regular file
 */
export function readRegularFile(path: string): Buffer {
  checkRegular(path);
  return readFileSync(path);
}

/** @throws Error when nothing is there, or something that is no regular file: to be called before it is opened */
export function checkRegular(path: string): void {
  const found = statSync(path);
  if (!found.isFile()) throw new Error(`it is ${kindOf(found)}`);
}

function unreadable(path: string, what: string, error: unknown): Error {
  const fault = `${what} ${path} cannot be read`;
  return machineFailure(error, fault) ?? new UserError(`${fault}: ${reasonOf(error)}`);
}

/**
 * The path of a file that another file names, which must lie below the folder of that one.
 * @returns undefined when it points elsewhere
 */
export function fileBelow(folder: string, location: string): string | undefined {
  const target = resolve(folder, location);
  const inside = relative(resolve(folder), target);
  const outside = inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return outside || isAbsolute(location) ? undefined : target;
}

/** A short reason for a failed file operation, such as `no such file`. */
export function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'no such file';
  return systemReason(error) ?? (error as Error).message;
}
