import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from './errors.ts';

/**
 * Writes a file under a temporary name and renames it: under its own name it is whole or absent.
 * @throws EnvironmentError when the disk or the folder refuses it
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    throw diskError(file, error);
  }
}

/** A failed write as an error with the cure. */
export function diskError(file: string, error: unknown): EnvironmentError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' ? 'the disk is full; free some space and run again to go on' : (code ?? message);
  return new EnvironmentError(`${file}: cannot be written: ${reason}`, { cause: error });
}
