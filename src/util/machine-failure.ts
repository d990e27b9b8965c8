import { EnvironmentError } from './errors.ts';

/** What runs out, how the system and the libraries say so, and what helps. */
const limits: readonly { readonly signs: RegExp; readonly lacks: string; readonly cure: string }[] = [
  {
    signs: /\bEMFILE\b|\bENFILE\b|too many open files/i,
    lacks: 'too many files are open',
    cure: 'raise the limit (ulimit -n 1024) or use fewer --jobs',
  },
  {
    signs:
      /\bENOMEM\b|bad_alloc|out of memory|(allocate|allocation).*(memory|buffer|failed)|(allocation|allocate) failed|failed to allocate|cannot enlarge memory/i,
    lacks: 'there is not enough memory',
    cure: 'use fewer --jobs, end other programs, or raise the limit (ulimit -v)',
  },
  {
    signs: /\bEAGAIN\b|resource temporarily unavailable|pthread_create/i,
    lacks: 'no more threads or processes can be started',
    cure: 'use fewer --jobs or raise the limit (ulimit -u)',
  },
];

/**
 * The failure of the machine that an error stands for: a limit of memory, files or threads was met.
 * @param what what could not be done, such as `model my.onnx cannot be loaded`
 * @returns undefined when the error is of another kind
 */
export function machineFailure(error: unknown, what: string): EnvironmentError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = `${code ?? ''} ${message ?? String(error)}`;
  const limit = limits.find(({ signs }) => signs.test(text));
  return limit && new EnvironmentError(`${what}: ${limit.lacks}; ${limit.cure}`, { cause: error });
}
