import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OfferedFile } from '../runs/queue/protocol.ts';
import { digestOfFile } from '../util/digest.ts';
import { dataFolders } from '../util/folders.ts';

/** Folders inside one folder that are looked into. */
const depth = 4;

/** Texts of a config by what they are replaced by. */
type Renames = ReadonlyMap<string, string>;

/** The files and folders that a config names. A name of a registry has neither dots nor slashes. */
export async function filesOf(config: unknown, folder: string): Promise<OfferedFile[]> {
  const texts = new Set(textsIn(config).filter((text) => /[./\\]/.test(text)));
  const found: OfferedFile[] = [];
  for (const text of texts) {
    const file = path.resolve(folder, text);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) found.push({ path: text });
    else if (stat?.isFile())
      found.push({ path: text, content: { bytes: stat.size, sha256: await digestOfFile(file) } });
  }
  return found;
}

/**
 * Looks for files here: where they were there, else by their content below the working directory and the data folders.
 * @returns what each is called here, or the first that is not here
 */
export async function filesHere(
  files: readonly OfferedFile[],
  folder: string,
): Promise<{ readonly renames: Renames } | { readonly missing: OfferedFile }> {
  const renames = new Map<string, string>();
  for (const file of files) {
    const usual = path.resolve(folder, file.path);
    if (await isSame(usual, file)) {
      renames.set(file.path, usual);
      continue;
    }
    const found = await find(file);
    if (!found) return { missing: file };
    renames.set(file.path, named(found, path.basename(file.path)));
  }
  return { renames };
}

/** Plain data with other names of files in it. */
export function renamed<T>(value: T, renames: Renames): T {
  const inside = (entry: unknown): unknown => {
    if (typeof entry === 'string') return renames.get(entry) ?? entry;
    if (Array.isArray(entry)) return entry.map(inside);
    if (typeof entry !== 'object' || entry === null || Object.getPrototypeOf(entry) !== Object.prototype) return entry;
    return Object.fromEntries(Object.entries(entry).map(([key, own]) => [key, inside(own)]));
  };
  return inside(value) as T;
}

async function isSame(file: string, { content }: OfferedFile): Promise<boolean> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!content) return stat?.isDirectory() ?? false;
  return stat?.isFile() === true && stat.size === content.bytes && (await digestOfFile(file)) === content.sha256;
}

async function find(file: OfferedFile): Promise<string | undefined> {
  for (const folder of ['.', ...dataFolders()]) {
    for (const candidate of below(path.resolve(folder), depth)) {
      // what is in a folder is compared when it is opened
      if (!file.content && path.basename(candidate) !== path.basename(file.path)) continue;
      if (await isSame(candidate, file)) return candidate;
    }
  }
  return undefined;
}

function* below(folder: string, levels: number): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const file = path.join(folder, entry.name);
    yield file;
    if (entry.isDirectory() && levels > 1) yield* below(file, levels - 1);
  }
}

/** Folders of links, which go with the process. */
const linked: string[] = [];

/** A file under the name that results know it by. */
function named(file: string, name: string): string {
  if (path.basename(file) === name) return file;
  const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-files-'));
  if (linked.length === 0)
    process.once('exit', () => {
      for (const each of linked) rmSync(each, { recursive: true, force: true });
    });
  linked.push(folder);
  const link = path.join(folder, name);
  symlinkSync(file, link);
  return link;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
