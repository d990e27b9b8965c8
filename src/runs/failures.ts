import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { countFailures } from '../results/read.ts';
import { files } from '../results/schema.ts';

/** Cells that failed in a run, its tuning stages included. */
export interface RunFailures {
  /** Counted once a trial. */
  readonly failures: number;
  /** The files that say why. */
  readonly failureFiles: readonly string[];
}

/** What failed in a finished run, from its files. */
export function runFailures(out: string): RunFailures {
  const stages = ['tuning', 'oracle'].flatMap((stage) => {
    const folder = path.join(out, stage);
    if (!existsSync(folder)) return [];
    const refinements = readdirSync(folder).filter((name) => name.startsWith('refine-'));
    return [folder, ...refinements.sort().map((name) => path.join(folder, name))];
  });
  const failed = [out, ...stages].filter((folder) => existsSync(path.join(folder, files.failures)));
  return {
    failures: failed.reduce((sum, folder) => sum + countFailures(folder), 0),
    failureFiles: failed.map((folder) => path.join(folder, files.failures)),
  };
}
