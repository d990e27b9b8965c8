import { readdirSync } from 'node:fs';
import path from 'node:path';
import { countFailures } from '../results/read.ts';
import { files } from '../results/schema.ts';

/** Cells that failed in a run, its tuning stages included. */
export interface RunFailures {
  /** Counted once a unit. */
  readonly failures: number;
  /** The files that say why. */
  readonly failureFiles: readonly string[];
}

/** What failed in a finished run, from the files of its stages. */
export function runFailures(out: string): RunFailures {
  const found = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(name) === files.failures)
    .map((name) => path.join(out, path.dirname(name)))
    .sort();
  return {
    failures: found.reduce((sum, folder) => sum + countFailures(folder), 0),
    failureFiles: found.map((folder) => path.join(folder, files.failures)),
  };
}
