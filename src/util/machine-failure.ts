import { EnvironmentError, UserError } from './errors.ts';

/** What runs out, how the system and the libraries say so (by code or in words), and what helps. */
const limits: readonly { readonly signs: RegExp; readonly lacks: string; readonly cure: string }[] = [
  {
    signs: /\bEMFILE\b|\bENFILE\b|too many open files/i,
    lacks: 'too many files are open',
    cure: 'raise the limit (ulimit -n 4096), use fewer --jobs, or end other programs',
  },
  {
    signs:
      /\bENOMEM\b|\bERR_WORKER_OUT_OF_MEMORY\b|bad_alloc|out of memory|(allocate|allocation).*(memory|buffer|failed)|(allocation|allocate) failed|failed to allocate|cannot allocate|cannot enlarge memory|unable to grow|invalid typed array length: \d{9}/i,
    lacks: 'there is not enough memory',
    cure: 'use fewer --jobs or smaller K, N and batches, end other programs, or raise the limit (ulimit -v)',
  },
  {
    signs: /\bEAGAIN\b|resource temporarily unavailable|pthread_create/i,
    lacks: 'no more threads or processes can be started',
    cure: 'use fewer --jobs or raise the limit (ulimit -u)',
  },
  {
    signs: /\bERR_WORKER_INIT_FAILED\b/,
    lacks: 'a thread could not be started',
    cure: 'use fewer --jobs, or raise the limits of open files and memory (ulimit -n, ulimit -v)',
  },
];

/** What the other error codes of the system mean, and the cure. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  ERR_FS_EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full; free some space and run again to go on',
  EDQUOT: 'the quota of the disk is used up; free some space and run again to go on',
  EFBIG: 'the file is too large for this disk, or for its limit (ulimit -f)',
  EIO: 'the disk failed to read or write',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links go round in a circle',
  ERR_MODULE_NOT_FOUND:
    'a package is not installed (run "npm ci" where approxifer is), or too many files are open (ulimit -n)',
  ERR_DLOPEN_FAILED: 'a native library does not load on this machine; "approxifer doctor" says which are needed',
};

/** The limit of memory, files or threads that an error stands for, with the cure. */
function limitReason(error: unknown): string | undefined {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const text = `${typeof code === 'string' ? code : ''} ${typeof message === 'string' ? message : String(error)}`;
  const limit = limits.find(({ signs }) => signs.test(text));
  return limit && `${limit.lacks}; ${limit.cure}`;
}

/** Why the system refused something, with the cure where there is one; undefined when the error is not of the system. */
export function systemReason(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && Object.hasOwn(reasons, code)) return reasons[code];
  return limitReason(error);
}

/**
 * The failure of the machine that an error stands for: a limit of memory, files or threads was met.
 * @param what what could not be done, such as `model my.onnx cannot be loaded`
 * @returns undefined when the error is of another kind
 */
export function machineFailure(error: unknown, what: string): EnvironmentError | undefined {
  const reason = limitReason(error);
  return reason === undefined ? undefined : new EnvironmentError(`${what}: ${reason}`, { cause: error });
}

/**
 * What the machine did, as an error with the cure: open files, threads, memory, disk.
 * @returns undefined when the error is not of the system: then it is a fault of the program
 */
export function environmentFailure(error: unknown): EnvironmentError | undefined {
  if (error instanceof EnvironmentError) return error;
  if (error instanceof UserError) return undefined; // it may quote what a library said
  const reason = systemReason(error);
  if (reason === undefined) return undefined;
  const { path, syscall } = error as NodeJS.ErrnoException;
  const where = path ?? syscall;
  return new EnvironmentError(where ? `${where}: ${reason}` : reason, { cause: error });
}
