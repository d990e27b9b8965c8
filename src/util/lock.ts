import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskError } from './atomic.ts';

/** How often a holder shows that it lives, and after what silence it counts as dead, in milliseconds. */
const beat = 2000;
const dead = 15_000;

/**
 * Does `work` while holding a lock file, so that of several processes one works and the others wait. The lock of a process
 * that died is taken over.
 * @param waiting called once when another process holds the lock
 * @throws EnvironmentError when the lock cannot be written, and what `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waiting: () => void = () => {}): Promise<T> {
  await mkdir(dirname(file), { recursive: true }).catch((error) => {
    throw diskError(file, error);
  });
  let told = false;
  for (;;) {
    try {
      await writeFile(file, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(file, error);
    }
    if (await abandoned(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) waiting();
    told = true;
    await sleep(100);
  }
  const heart = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // a beat that fails is followed by another
  }, beat);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    await rm(file, { force: true });
  }
}

/** Whether the holder of a lock is gone: its process ended on this machine, or it has shown no life for long. */
async function abandoned(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > dead) return true;
    const { host, pid } = JSON.parse(await readFile(file, 'utf8')) as { host: string; pid: number };
    if (host !== hostname()) return false;
    process.kill(pid, 0); // asks only whether the process exists
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
