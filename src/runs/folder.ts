import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { diskError, makeFolder, removeLeftovers } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { type HeldLock, lockSilence, tryLock } from '../util/lock.ts';
import { systemReason } from '../util/machine-failure.ts';
import { lifeOf } from '../util/process.ts';

/** Folders inside that of a run that files are written to; a tuning has some of its own. */
const places = ['tuning', 'oracle', 'figures', 'checkpoints'];

/**
 * Takes a folder for this process alone, and removes what killed writers left half written.
 * @returns a function that gives it back
 * @throws UserError when the folder cannot be written, or another process is writing to it
 */
export function claimFolder(folder: string): () => void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskError(folder, error);
    const reason = code === 'EEXIST' ? 'it is a file' : (systemReason(error) ?? code);
    throw new UserError(`${folder}: the output folder cannot be written: ${reason}; choose another with --out`);
  }
  const file = path.join(folder, '.lock');
  const lock = tryLock(file);
  if (!('release' in lock)) throw new UserError(`${folder}: ${heldText(lock)}`);
  removeLeftovers(folder);
  for (const place of places) removeInside(path.join(folder, place));
  return lock.release;
}

function removeInside(folder: string): void {
  if (!existsSync(folder)) return;
  removeLeftovers(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeLeftovers(path.join(folder, entry.name));
}

function heldText({ holder, silence }: HeldLock): string {
  const seconds = Math.max(0, Math.round(silence / 1000));
  const wait = 'wait for it or choose another --out';
  const ifDead = ` (last sign of life ${seconds} s ago; if it was killed, run again after ${lockSilence / 1000} s of silence)`;
  if (!holder) return `another process is writing to this folder; ${wait}${ifDead}`;
  if (lifeOf(holder) === 'alive') return `process ${holder.pid} is writing to this folder; ${wait}`;
  return `process ${holder.pid} on ${holder.host} is writing to this folder; ${wait}${ifDead}`;
}
