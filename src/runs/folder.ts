import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { diskError, makeFolder, removeLeftovers } from '../util/atomic.ts';
import { batchSystem } from '../util/batch-system.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { type HeldLock, type Lock, lockSilence, tryLock, waitForLock } from '../util/lock.ts';
import { systemReason } from '../util/machine-failure.ts';
import { lifeOf } from '../util/process.ts';

/** Folders inside that of a run that files are written to; a tuning has some of its own. */
const places = ['tuning', 'oracle', 'figures', 'checkpoints'];

/** A folder that is this process's alone. */
export interface FolderClaim {
  release(): void;
  /**
   * To be called before something in the folder changes.
   * @throws EnvironmentError when another process took the folder over, because this one had stood still for too long
   */
  check(): void;
}

/** How long a look at the lock holds, in milliseconds: short beside the silence after which it may be taken over. */
const freshLook = 1000;

/**
 * Takes a folder for this process alone, and removes what killed writers left half written.
 * @throws UserError when the folder cannot be written, or another process is writing to it
 */
export function claimFolder(folder: string): FolderClaim {
  return tidied(folder, takenLock(folder));
}

function takenLock(folder: string): Lock {
  const lock = tryLock(lockOf(folder));
  if (!('release' in lock)) throw new UserError(`${folder}: ${heldText(lock)}`);
  return lock;
}

/** How a folder that somebody else writes to is waited for. */
export interface Patience {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Told who is waited for. */
  readonly onNotice?: (line: string) => void;
}

/**
 * As `claimFolder`, but in a job of a batch system it waits: such a system starts a task again while its first process may
 * still live or has died where nobody can ask, and a job that is refused is lost.
 * @returns undefined when the signal ended the waiting
 */
export async function claimFolderInTurn(
  folder: string,
  { signal, onNotice }: Patience,
): Promise<FolderClaim | undefined> {
  try {
    if (!batchSystem()) return tidied(folder, takenLock(folder), onNotice);
    const lock = await waitForLock(lockOf(folder), {
      ...(signal && { signal }),
      onWaiting: (held) => onNotice?.(`${folder}: ${waitingText(held)}`),
    });
    return tidied(folder, lock, onNotice);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** The lock of a folder, which is made. @throws UserError when it cannot be written */
function lockOf(folder: string): string {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskError(folder, error);
    const reason = code === 'EEXIST' ? 'it is a file' : (systemReason(error) ?? code);
    throw new UserError(`${folder}: the output folder cannot be written: ${reason}; choose another with --out`);
  }
  return path.join(folder, '.lock');
}

function tidied(folder: string, lock: Lock, onNotice: Patience['onNotice'] = () => {}): FolderClaim {
  if (lock.dead) {
    onNotice(
      `process ${lock.dead.pid}, which wrote to ${folder} before, died: it was killed, or a native library crashed (out of memory, ` +
        'or on this model: then try --jobs 1); finished units are kept',
    );
  }
  removeLeftovers(folder);
  for (const place of places) removeInside(path.join(folder, place));
  let looked = Date.now();
  return {
    release: lock.release,
    check() {
      const now = Date.now(); // a monotonic clock stands still while a machine sleeps
      if (Math.abs(now - looked) < freshLook) return;
      if (!lock.isHeld())
        throw new EnvironmentError(
          `${folder}: another process took this folder over while this one stood still; it goes on with what is there`,
        );
      looked = now;
    },
  };
}

function removeInside(folder: string): void {
  if (!existsSync(folder)) return;
  removeLeftovers(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeLeftovers(path.join(folder, entry.name));
}

function heldText({ holder, silence }: HeldLock): string {
  const wait = 'wait for it or choose another --out';
  const ifDead = ` (${lastSign(silence)}; if it was killed, run again after ${lockSilence / 1000} s of silence)`;
  if (!holder) return `another process is writing to this folder; ${wait}${ifDead}`;
  if (lifeOf(holder) === 'alive') return `process ${holder.pid} is writing to this folder; ${wait}`;
  return `process ${holder.pid} on ${holder.host} is writing to this folder; ${wait}${ifDead}`;
}

function waitingText({ holder, silence }: HeldLock): string {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  const takeOver =
    holder && lifeOf(holder) === 'alive'
      ? ''
      : `, or for ${lockSilence / 1000} s of silence, which would mean that it died`;
  return `${who} is writing to this folder (${lastSign(silence)}); waiting for it to end${takeOver}`;
}

function lastSign(silence: number): string {
  return `last sign of life ${Math.max(0, Math.round(silence / 1000))} s ago`;
}
