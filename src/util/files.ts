import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemReason, UserError } from './errors.ts';

/** SHA-256 of the bytes (or of the UTF-8 of a text), hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The bytes of a file the user named, directly or by way of a registry.
 * @param what what the file is, for the message: `model`, `label file`
 * @throws UserError when it is missing or cannot be read
 */
export async function readUserFile(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`${what} ${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** A short reason for a failed file operation, such as `no such file`. */
export function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'no such file';
  return systemReason(error) ?? (error as Error).message;
}
