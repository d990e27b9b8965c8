import { randomBytes } from 'node:crypto';
import fs, {
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { discard, diskError, makeFolder, temporaryName } from './atomic.ts';
import { UserError } from './errors.ts';
import { lifeOf, type ProcessIdentity, thisProcess } from './process.ts';

/*
 * A lock is a file. docs/explanation/architecture.md ("The lock") says what it holds and why each step below is as it is.
 */

/** How often a holder shows that it lives, in milliseconds. */
const beat = 3000;

/** After what silence a holder that nobody can ask counts as dead, in milliseconds: five missed beats. */
export const lockSilence = 5 * beat;

/** A lock that this process holds. */
export interface Lock {
  release(): void;
  /** False when another process took the lock over, because this one had stood still for too long. */
  isHeld(): boolean;
  /** Who held it and died without giving it back. */
  readonly dead?: ProcessIdentity;
}

/** A lock that somebody else holds. */
export interface HeldLock {
  /** Absent when the file does not say. */
  readonly holder?: ProcessIdentity;
  /** Milliseconds since the last sign of life, on the clock of the file system. */
  readonly silence: number;
}

/**
 * Takes a lock file. That of a dead process is taken over: at once when this machine knows that it died, else when it has
 * shown no life for `lockSilence`. Of any number of processes that try at once, one succeeds.
 * @throws EnvironmentError when the lock cannot be written, UserError when something else has its name
 */
export function tryLock(file: string): Lock | HeldLock {
  const token = newToken();
  const own = lockText(token);
  const { held, dead } = acquire(file, own);
  if (held) return held;
  removeDeadClaims(file);
  const stopHeart = startHeart(file, own);
  const release = () => {
    process.off('exit', release);
    stopHeart();
    try {
      remove(file, token);
    } catch {
      if (look(file)?.id === token) discard(file); // a full disk takes no claim
    }
  };
  process.on('exit', release);
  return { release, isHeld: () => look(file)?.id === token, ...(dead && { dead }) };
}

/** Removes the claims on a lock that killed processes left; each as any dead lock is. */
function removeDeadClaims(lock: string): void {
  const folder = dirname(lock);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(lock)}.`) || !name.endsWith('.claim')) continue;
    const file = join(folder, name);
    const found = look(file);
    if (found?.holder && lifeOf(found.holder) === 'dead') remove(file, found.id);
  }
}

export interface WaitOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** Called when another process is found to hold the lock, and again when it is another one. */
  readonly onWaiting?: (held: HeldLock) => void;
}

/**
 * Takes a lock file, waiting for as long as somebody else holds it.
 * @throws as `tryLock`, and an `AbortError` when the signal ends the waiting
 */
export async function waitForLock(file: string, { signal, onWaiting }: WaitOptions = {}): Promise<Lock> {
  let told: string | undefined;
  for (let pause = 100; ; pause = Math.min(2 * pause, 1000)) {
    const lock = tryLock(file);
    if ('release' in lock) return lock;
    const who = JSON.stringify(lock.holder ?? null);
    if (who !== told) onWaiting?.(lock);
    told = who;
    await sleep(pause, undefined, signal && { signal });
  }
}

/**
 * Does `work` while holding a lock file, so that of several processes one works and the others wait.
 * @param onWaiting called once when another process holds the lock
 * @throws EnvironmentError when the lock cannot be written, and what `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWaiting: () => void = () => {}): Promise<T> {
  try {
    makeFolder(dirname(file));
  } catch (error) {
    throw diskError(file, error);
  }
  let told = false;
  const lock = await waitForLock(file, {
    onWaiting() {
      if (!told) onWaiting();
      told = true;
    },
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

const newToken = () => randomBytes(8).toString('hex');

const lockText = (token: string) => JSON.stringify({ ...thisProcess(), token });

/** @returns who holds the lock, unless it is ours now, and whose dead one was removed for that */
function acquire(file: string, own: string): { readonly held?: HeldLock; readonly dead?: ProcessIdentity } {
  let dead: ProcessIdentity | undefined;
  for (;;) {
    const now = create(file, own);
    if (now === undefined) return dead ? { dead } : {};
    const found = look(file);
    if (!found) continue; // given back just now
    const held = { ...(found.holder && { holder: found.holder }), silence: now - found.lastSign };
    if (!isAbandoned(held) || !remove(file, found.id)) return { held };
    dead = held.holder;
  }
}

/**
 * Makes the file, with its content or not at all: a link to a file that is whole.
 * @returns undefined when it was made; when it is there already, the time now on the file system's clock
 */
function create(file: string, text: string): number | undefined {
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    try {
      linkSync(temporary, file);
      return undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const { nlink, mtimeMs } = statSync(temporary);
      if (nlink === 2) return undefined; // made, but the answer of a server was lost
      if (code !== 'EEXIST' && createWithoutLink(file, text)) return undefined;
      return mtimeMs;
    }
  } catch (error) {
    throw diskError(file, error);
  } finally {
    discard(temporary);
  }
}

/** For file systems that have no links: a process killed in between leaves an empty lock, which ages as any other. */
function createWithoutLink(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOSPC') discard(file); // made, but not written
    throw error;
  }
}

interface FoundLock {
  /** Equal for two looks when they saw the same lock. */
  readonly id: string;
  readonly holder: ProcessIdentity | undefined;
  /** When its file was last written, in milliseconds on the file system's clock. */
  readonly lastSign: number;
}

/** @returns undefined when there is no lock */
function look(file: string): FoundLock | undefined {
  const entry = lstatSync(file, { throwIfNoEntry: false });
  if (!entry) return undefined;
  if (!entry.isFile()) {
    const what = entry.isDirectory() ? 'a folder' : entry.isSymbolicLink() ? 'a link' : 'a device or pipe';
    throw new UserError(`${file}: ${what} has the name of the lock; remove it and run again`);
  }
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r'); // makes a network file system ask its server, so that the time is fresh
    const { ino, mtimeMs } = fstatSync(handle);
    const { token, holder } = parse(readStart(handle));
    return { id: token ?? `${ino}-${Math.trunc(mtimeMs)}`, holder, lastSign: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { id: `${entry.ino}-${Math.trunc(entry.mtimeMs)}`, holder: undefined, lastSign: entry.mtimeMs };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function readStart(handle: number): string {
  const bytes = Buffer.alloc(4096);
  return bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, 0));
}

/** What a lock says; nothing when it is empty or not ours. */
function parse(text: string): { token?: string; holder?: ProcessIdentity } {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {}
  if (typeof said !== 'object' || said === null) return {};
  const { host, machine, boot, pids, pid, started, token } = said as Record<string, unknown>;
  if (typeof host !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return {};
  const texts = Object.entries({ machine, boot, pids, started }).filter(([, value]) => typeof value === 'string');
  const holder: ProcessIdentity = { host, pid, ...Object.fromEntries(texts) };
  return typeof token === 'string' && /^[0-9a-f]{16}$/.test(token) ? { token, holder } : { holder };
}

function isAbandoned({ holder, silence }: HeldLock): boolean {
  const life = holder ? lifeOf(holder) : 'unknown';
  // a time that far ahead is no sign of life either
  return life === 'dead' || (life === 'unknown' && Math.abs(silence) > lockSilence);
}

/**
 * Removes the lock with this id and no other: whoever wants to must first hold its claim, a lock with the id in its name,
 * and look again. Without that a process that found a dead lock could remove the new one of a faster process.
 * @returns false when another process holds the claim
 */
function remove(file: string, id: string): boolean {
  const claim = `${file}.${id}.claim`;
  if (acquire(claim, lockText(newToken())).held) return false;
  try {
    if (look(file)?.id === id) rmSync(file, { force: true });
  } finally {
    discard(claim);
  }
  return true;
}

/** Shows life by writing a byte of a lock as it is, which sets the file's time by its own clock. Its source runs in a thread. */
function showLife(
  fs: Pick<typeof import('node:fs'), 'openSync' | 'readFileSync' | 'writeSync' | 'closeSync'>,
  file: string,
  own: string,
  every: number,
) {
  return setInterval(() => {
    try {
      const handle = fs.openSync(file, 'r+');
      try {
        if (fs.readFileSync(handle, 'utf8') === own) fs.writeSync(handle, own.slice(0, 1), 0);
      } finally {
        fs.closeSync(handle);
      }
    } catch {} // a beat that fails is followed by another
  }, every);
}

/**
 * Shows life in a thread of its own: computing keeps this one from its timers for minutes.
 * @returns a function that ends it
 */
function startHeart(file: string, own: string): () => void {
  let timer: NodeJS.Timeout | undefined;
  let thread: Worker | undefined;
  let ended = false;
  const beatHere = () => {
    if (!ended) timer = showLife(fs, file, own, beat).unref();
  };
  try {
    thread = new Worker(`(${showLife})(require('node:fs'), ...${JSON.stringify([file, own, beat])})`, {
      eval: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    thread.on('error', beatHere);
    thread.unref();
  } catch {
    beatHere(); // the system has no more threads
  }
  return () => {
    ended = true;
    clearInterval(timer);
    void thread?.terminate();
  };
}
