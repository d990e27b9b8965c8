import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { UserError } from './errors.ts';

/** SHA-256 of the bytes (or of the UTF-8 of a text), hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What stands at a path, links followed: `a file`, `a folder`, `a FIFO`, …; undefined when nothing does. */
export async function fileKind(path: string): Promise<string | undefined> {
  try {
    const entry = await stat(path);
    if (entry.isFile()) return 'a file';
    if (entry.isDirectory()) return 'a folder';
    if (entry.isFIFO()) return 'a FIFO';
    if (entry.isSocket()) return 'a socket';
    return 'a device';
  } catch {
    return undefined;
  }
}

/**
 * The bytes of a file the user named, directly or by way of a registry. What is no file is refused: a FIFO would be waited
 * for, and a device has no end.
 * @param what what the file is, for the message: `model`, `label file`
 * @throws UserError when it is missing or cannot be read
 */
export async function readUserFile(path: string, what: string): Promise<Buffer> {
  const kind = (await fileKind(path)) ?? 'a file'; // a missing one has its reason below
  if (kind !== 'a file') throw new UserError(`${what} ${path} cannot be read: it is ${kind}`);
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`${what} ${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** A short reason for a failed file operation, such as `no such file`. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENOTDIR') return 'a part of its path is not a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return message;
}
