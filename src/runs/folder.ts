import { accessSync, constants, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { diskError } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { lockSilence, tryLock } from '../util/lock.ts';

/**
 * Takes a folder for this process alone.
 * @returns a function that gives it back
 * @throws UserError when the folder cannot be written, or another process is writing to it
 */
export function claimFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskError(folder, error);
    throw new UserError(`${folder}: the output folder cannot be written (${code}); choose another with --out`);
  }
  const file = path.join(folder, '.lock');
  const lock = tryLock(file);
  if ('release' in lock) return lock.release;
  const { host, pid } = lock.holder;
  const elsewhere = host !== undefined && host !== hostname();
  const who = pid === undefined ? 'another process' : `process ${pid}${elsewhere ? ` on ${host}` : ''}`;
  const killed = elsewhere ? ` (if it was killed: remove ${file}, or wait ${lockSilence / 60_000} minutes)` : '';
  throw new UserError(`${folder}: ${who} is writing to this folder; wait for it or choose another --out${killed}`);
}
