import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this package: where `configs/`, `models/` and `package.json` are. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** What a file looked up by name depends on. */
export interface LookupContext {
  /** Folder that relative paths of a config start from: the config's own; default: the working directory. */
  readonly folder?: string;
  /** Environment variables; default: the process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The user's cache folder of this program: downloads go there. */
function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'approxifer');
  if (process.platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'approxifer', 'cache');
  if (process.platform === 'darwin') return join(env.HOME ?? homedir(), 'Library', 'Caches', 'approxifer');
  return join(env.HOME ?? homedir(), '.cache', 'approxifer');
}

/** Folder of the store of answers. */
export function storeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'store');
}

/** Folders that may hold data and models, best first: `$APPROXIFER_DATA`, `./data`, the user's cache folder. */
export function dataFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  return [...(env.APPROXIFER_DATA ? [env.APPROXIFER_DATA] : []), 'data', cacheFolder(env)];
}

/** Folder that downloads are written to: `$APPROXIFER_DATA` when it is set, else the user's cache folder. */
export function downloadFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.APPROXIFER_DATA ? env.APPROXIFER_DATA : cacheFolder(env);
}

/** What is wrong with `$APPROXIFER_DATA`, and what would be right; undefined when it is unset or a folder. */
export function dataFolderFault(env: NodeJS.ProcessEnv = process.env): { fault: string; cure: string } | undefined {
  const folder = env.APPROXIFER_DATA;
  if (!folder || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  return {
    fault: `APPROXIFER_DATA is ${folder}, and there is no such folder`,
    cure: 'make it, or set APPROXIFER_DATA to the folder that holds your data',
  };
}

/** What a user whose data or models were not found can do besides `pull`. */
export function dataFolderCure(env: NodeJS.ProcessEnv = process.env): string {
  const wrong = dataFolderFault(env);
  return wrong ? `${wrong.cure}: ${wrong.fault}` : 'set APPROXIFER_DATA';
}
