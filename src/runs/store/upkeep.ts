import { closeSync, openSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { discard, removeLeftovers, writeWhole } from '../../util/atomic.ts';
import { groupDigest, readRecord, type ScannedFile, scanFile } from './answer-file.ts';

/** What a store holds, and how it is kept small and sound. */

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

/** The files of answers in a folder and below. */
export function answerFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(fileEnding)) // to open a pipe may never end
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return []; // there is none, or it cannot be read
  }
}

/** What a store holds, by names, the largest first. */
export function listStore(folder: string): StoreEntry[] {
  const entries = new Map<string, StoreEntry>();
  for (const { file, size, time } of measured(folder)) {
    if (size === 0) continue;
    const found = scanned(file);
    const shown = found?.shown ?? { damaged: 'first line' };
    const name = JSON.stringify(shown);
    const before = entries.get(name) ?? { shown, files: 0, records: 0, bytes: 0, lastUse: 0 };
    entries.set(name, {
      shown,
      files: before.files + 1,
      records: before.records + (found?.records.length ?? 0),
      bytes: before.bytes + size,
      lastUse: Math.max(before.lastUse, time),
    });
  }
  return [...entries.values()].sort((a, b) => b.bytes - a.bytes);
}

/**
 * Removes the files that were not used for longest until a store holds no more than `most` bytes.
 * @returns bytes that went, and that are left
 */
export function pruneStore(folder: string, most: number): { readonly removed: number; readonly left: number } {
  const all = measured(folder);
  let left = all.reduce((sum, { size }) => sum + size, 0);
  let removed = 0;
  for (const { file, size } of all.sort((a, b) => a.time - b.time)) {
    if (left <= most) break;
    remove(file);
    left -= size;
    removed += size;
  }
  return { removed, left };
}

/** What `verifyStore` found. */
export interface Verification {
  readonly records: number;
  /** Records that were not what was written, and pieces of files that are no record. */
  readonly damaged: number;
  /** Files that had damage; what was sound in them is kept. */
  readonly files: readonly string[];
}

/** Reads every record of a store, and removes those that are not what was written. */
export function verifyStore(folder: string): Verification {
  let [records, damaged] = [0, 0];
  const files: string[] = [];
  for (const file of answerFiles(folder)) {
    removeLeftovers(path.dirname(file));
    if (statSync(file, { throwIfNoEntry: false })?.size === 0) {
      remove(file); // a process was killed between making it and its first write: nothing was lost
      continue;
    }
    const found = scanned(file);
    const group = found && groupDigest(found.what);
    if (!found || !group || path.basename(path.dirname(file)) !== group) {
      damaged++;
      files.push(file);
      remove(file);
      continue;
    }
    const handle = openSync(file, 'r');
    const sound = found.records.filter((place) => readRecord(group, place.key, handle, place));
    closeSync(handle);
    records += sound.length;
    const cut = found.whole < found.size ? 1 : 0;
    damaged += found.records.length - sound.length + cut;
    if (sound.length === found.records.length && cut === 0) continue;
    files.push(file);
    if (sound.length > 0) writeWhole(file, withRecords(file, found, sound));
    else remove(file);
  }
  return { records, damaged, files };
}

function withRecords(file: string, found: ScannedFile, kept: ScannedFile['records']): Buffer {
  const bytes = readFileSync(file);
  const places = [...found.records.map(({ offset }) => offset), found.whole];
  const pieces = found.records.flatMap((record, i) =>
    kept.includes(record) ? [bytes.subarray(record.offset, places[i + 1])] : [],
  );
  return Buffer.concat([bytes.subarray(0, places[0]), ...pieces]);
}

function scanned(file: string): ScannedFile | undefined {
  try {
    return scanFile(file);
  } catch {
    return undefined;
  }
}

/** The files with their sizes and the times of their last use. */
function measured(folder: string): { file: string; size: number; time: number }[] {
  return answerFiles(folder).flatMap((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found ? [{ file, size: found.size, time: found.mtimeMs }] : [];
  });
}

/** Removes a file, and the folders that are empty without it. */
function remove(file: string): void {
  discard(file);
  try {
    rmdirSync(path.dirname(file));
    rmdirSync(path.dirname(path.dirname(file)));
  } catch {} // other files are there
}
