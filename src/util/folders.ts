import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path, { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(import.meta.url);

/** The root of this package: where `configs/`, `models/` and `package.json` are. The build moves modules, so it is looked for. */
export const packageRoot = rootAbove(path.dirname(here));

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(path.dirname(folder));
}

/** `src`, `dist`, or `dist/bundle` (what the command line runs): where the modules lie that this process runs. */
const running = /^(dist[\\/]bundle|\w+)/.exec(path.relative(packageRoot, here))![0];

/** Folder of the code that this process runs, module by module. */
export const codeFolder = join(packageRoot, running.slice(0, running.search(/[\\/]|$/)));

/** Folder that the names of modules for threads, processes and other machines start from. */
export const modulesRoot = pathToFileURL(join(packageRoot, running, '/'));

/** Where a module is that a thread or a process starts with. @param name such as `runs/worker.js` */
export function moduleUrl(name: string): URL {
  return new URL(name, modulesRoot);
}

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
