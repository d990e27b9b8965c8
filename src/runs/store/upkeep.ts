import { existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { discard } from '../../util/atomic.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { systemReason } from '../../util/machine-failure.ts';
import { scanFile } from './answer-file.ts';

/** What a store holds, and how it is kept small. */

/** How files of answers end. */
export const fileEnding = '.answers';

/** Files with the same model, data and sort of answers. */
export interface StoreEntry {
  /** Names for people: model, dataset, what the answers are to. */
  readonly shown: Readonly<Record<string, string>>;
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly lastUse: number;
}

/** Told of what cannot be read, or else raises it: then the rest is looked at all the same. */
export type OnFault = (fault: EnvironmentError) => void;

export const raise: OnFault = (fault) => {
  throw fault;
};

/**
 * The files of answers in a folder and below; none where there is no folder, or another process removed it.
 * @param onFault told of folders that cannot be read
 */
export function answerFiles(folder: string, onFault: OnFault = raise): string[] {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true }), folder, onFault) ?? [];
  return entries
    .flatMap((entry) => {
      const own = path.join(folder, entry.name);
      if (entry.isDirectory()) return answerFiles(own, onFault);
      return entry.isFile() && entry.name.endsWith(fileEnding) ? [own] : []; // to open a pipe may never end
    })
    .sort();
}

/**
 * Reads something of a store that other processes prune and verify as well.
 * @param onFault told of any other reason than that it is gone
 * @returns undefined when it is gone, or there was a fault
 */
export function unlessGone<Value>(read: () => Value, place: string, onFault: OnFault): Value | undefined {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const reason = systemReason(error) ?? message;
    onFault(
      error instanceof EnvironmentError
        ? error
        : new EnvironmentError(`the store of answers: ${place} cannot be read: ${reason}`, { cause: error }),
    );
    return undefined;
  }
}

/**
 * What a store holds, by names, the largest first.
 * @param onFault told of what cannot be read
 */
export function listStore(folder: string, onFault: OnFault = raise): StoreEntry[] {
  const entries = new Map<string, StoreEntry>();
  for (const { file, size, time } of measured(folder, onFault)) {
    if (size === 0) continue;
    let records = 0;
    const found = unlessGone(() => scanFile(file, () => records++), file, onFault);
    if (!found) continue;
    const shown = found.line?.shown ?? { damaged: 'first line' };
    const name = JSON.stringify(shown);
    const before = entries.get(name) ?? { shown, files: 0, records: 0, bytes: 0, lastUse: 0 };
    entries.set(name, {
      shown,
      files: before.files + 1,
      records: before.records + records,
      bytes: before.bytes + size,
      lastUse: Math.max(before.lastUse, time),
    });
  }
  return [...entries.values()].sort((a, b) => b.bytes - a.bytes);
}

/**
 * Removes the files that were not used for longest until a store holds no more than `most` bytes.
 * @returns bytes that went, and that are left
 * @throws EnvironmentError when it cannot be read
 */
export function pruneStore(folder: string, most: number): { readonly removed: number; readonly left: number } {
  const all = measured(folder);
  let left = all.reduce((sum, { size }) => sum + size, 0);
  let removed = 0;
  for (const { file, size } of all.sort((a, b) => a.time - b.time)) {
    if (left <= most) break;
    if (!remove(file)) continue;
    left -= size;
    removed += size;
  }
  return { removed, left };
}

/** The files with their sizes and the times of their last use. */
function measured(folder: string, onFault: OnFault = raise): { file: string; size: number; time: number }[] {
  return answerFiles(folder, onFault).flatMap((file) => {
    const found = unlessGone(() => statSync(file), file, onFault);
    return found ? [{ file, size: found.size, time: found.mtimeMs }] : [];
  });
}

/** Removes a file, and the folders that are empty without it. @returns whether it is gone */
export function remove(file: string): boolean {
  discard(file);
  if (existsSync(file)) return false;
  try {
    rmdirSync(path.dirname(file));
    rmdirSync(path.dirname(path.dirname(file)));
  } catch {} // other files are there
  return true;
}
