import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { diskError } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';

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
  const lock = path.join(folder, '.lock');
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(lock, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(lock, error);
      const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
      if (attempt > 0 || (owner > 0 && owner !== process.pid && isAlive(owner))) {
        throw new UserError(
          `${folder}: process ${owner} is writing to this folder; wait for it or choose another --out`,
        );
      }
      rmSync(lock, { force: true }); // its owner was killed
    }
  }
  return () => rmSync(lock, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
