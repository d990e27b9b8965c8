import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskError } from './atomic.ts';

/** How often a holder shows that it lives, in milliseconds. */
const beat = 2000;

/** After what silence a holder on another machine counts as dead, in milliseconds: computing can keep it from showing life. */
export const lockSilence = 300_000;

/** The process that holds a lock; empty while it is still writing its name. */
export interface LockHolder {
  readonly host?: string;
  readonly pid?: number;
  /** When the process started, where the system tells: another one may have its number later. */
  readonly started?: string;
}

/**
 * Takes a lock file. That of a process that died is taken over: on this machine at once, on another one when it has shown no
 * life for `lockSilence`.
 * @returns a function that gives it back, or who holds it
 * @throws EnvironmentError when the lock cannot be written
 */
export function tryLock(file: string): { readonly release: () => void } | { readonly holder: LockHolder } {
  const own = JSON.stringify({ host: hostname(), pid: process.pid, started: startOf(process.pid) });
  while (!create(file, own)) {
    const found = look(file);
    if (!found) continue; // given back just now
    if (!isAbandoned(found)) return { holder: found.holder };
    rmSync(file, { force: true });
  }
  const heart = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {} // a beat that fails is followed by another
  }, beat);
  heart.unref();
  return {
    release() {
      clearInterval(heart);
      if (textOf(file) === own) rmSync(file, { force: true });
    },
  };
}

/**
 * Does `work` while holding a lock file, so that of several processes one works and the others wait.
 * @param waiting called once when another process holds the lock
 * @throws EnvironmentError when the lock cannot be written, and what `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waiting: () => void = () => {}): Promise<T> {
  await mkdir(dirname(file), { recursive: true }).catch((error) => {
    throw diskError(file, error);
  });
  let lock = tryLock(file);
  if (!('release' in lock)) waiting();
  while (!('release' in lock)) {
    await sleep(100);
    lock = tryLock(file);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** @returns false when the file is there already */
function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOSPC') rmSync(file, { force: true }); // made, but not written
    throw diskError(file, error);
  }
}

interface FoundLock {
  readonly holder: LockHolder;
  /** Milliseconds since the last sign of life. */
  readonly silence: number;
}

function look(file: string): FoundLock | undefined {
  const mtime = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtime === undefined) return undefined;
  let holder: LockHolder = {};
  try {
    holder = JSON.parse(textOf(file) ?? '') as LockHolder;
  } catch {} // not written yet
  return { holder, silence: Date.now() - mtime };
}

function isAbandoned({ holder: { host, pid, started }, silence }: FoundLock): boolean {
  if (host !== hostname() || pid === undefined) return silence > lockSilence;
  try {
    process.kill(pid, 0); // asks only whether the process exists
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return started !== undefined && started !== startOf(pid);
}

/** When a process started, in ticks since the machine did; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
