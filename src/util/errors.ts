/** Exit codes of the command line (docs/command-line.md). */
export const exitCodes = { done: 0, failed: 1, usage: 2, environment: 70, interrupted: 130 } as const;

/**
 * What the user gave is wrong: a config, a file, an option. Printed as one line, without a stack; exit code 2.
 * The message says what is wrong and what would be right.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number = exitCodes.usage;
}

/** The environment failed (network, disk, a worker died): exit code 70. The message says what to do next. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly exitCode: number = exitCodes.environment;
}

const moreMemory = 'use fewer threads (--jobs 1), or smaller K, N and batches, or a machine with more memory';
const moreFiles = 'raise the limit (ulimit -n 4096) or use fewer threads (--jobs)';

/** What the error codes of the system mean, and the cure. */
const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full; free some space and run again to go on',
  EDQUOT: 'the quota of the disk is used up; free some space and run again to go on',
  EFBIG: 'the file is too large for this disk, or for its limit (ulimit -f)',
  EIO: 'the disk failed to read or write',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links go round in a circle',
  EMFILE: `too many open files; ${moreFiles}`,
  ENFILE: 'the machine has too many open files; end other programs',
  EAGAIN: 'the system is out of threads or processes; raise the limit (ulimit -u) or use fewer threads (--jobs)',
  ENOMEM: `not enough memory; ${moreMemory}`,
  ERR_MODULE_NOT_FOUND:
    'a package is not installed (run "npm ci" where approxifer is), or too many files are open (ulimit -n)',
  ERR_DLOPEN_FAILED: 'a native library does not load on this machine; "approxifer doctor" says which are needed',
  ERR_WORKER_INIT_FAILED: `a thread could not start; ${moreFiles}`,
  ERR_WORKER_OUT_OF_MEMORY: `a thread ran out of memory; ${moreMemory}`,
};

/** How the engine and native libraries say that memory is short: they have no code for it. */
const memoryMessages =
  /out of memory|array buffer allocation failed|invalid typed array length: \d{9}|could not allocate memory|cannot allocate|bad_alloc|failed to allocate memory/i;

/** Why the system refused something, with the cure where there is one; undefined when the error is not of the system. */
export function systemReason(error: unknown): string | undefined {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && Object.hasOwn(systemReasons, code)) return systemReasons[code];
  return memoryMessages.test(String(message)) ? systemReasons.ENOMEM : undefined;
}

/**
 * What the machine did, as an error with the cure: open files, threads, memory, disk.
 * @returns undefined when the error is not of the system: then it is a fault of the program
 */
export function environmentFailure(error: unknown): EnvironmentError | undefined {
  if (error instanceof EnvironmentError) return error;
  const reason = systemReason(error);
  if (reason === undefined) return undefined;
  const { path, syscall } = error as NodeJS.ErrnoException;
  const where = path ?? syscall;
  return new EnvironmentError(where ? `${where}: ${reason}` : reason, { cause: error });
}

/**
 * A batch cannot be decoded under the faults it met: a failed cell with this reason, while the run goes on. Everything else that
 * is thrown on the way ends the run.
 */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
}

/**
 * The candidate nearest to `word` by edit distance, when it is near enough to be a typing error.
 * @returns the candidate, or undefined when none is within a third of the word's length (at least 2)
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
