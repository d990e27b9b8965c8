/** Exit codes of the command line (docs/reference/command-line.md). */
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

/**
 * A batch cannot be decoded under the faults it met: a failed cell with this reason, while the run goes on. Everything else that
 * is thrown on the way ends the run.
 */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
}

/**
 * The candidate nearest to `word` by edit distance, when it is near enough to be a typing error.
 * @returns the candidate, or undefined when none is within a third of the word's length (at least 2), or shares a letter
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance < Math.max(word.length, candidate.length)) {
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
