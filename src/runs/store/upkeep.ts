import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { discard, removeLeftovers, writeWhole } from '../../util/atomic.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { systemReason } from '../../util/machine-failure.ts';
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

/**
 * The files of answers in a folder and below; none where there is no folder, or another process removed it.
 * @throws EnvironmentError when it cannot be read
 */
export function answerFiles(folder: string): string[] {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true }), folder) ?? [];
  return entries
    .flatMap((entry) => {
      const own = path.join(folder, entry.name);
      if (entry.isDirectory()) return answerFiles(own);
      return entry.isFile() && entry.name.endsWith(fileEnding) ? [own] : []; // to open a pipe may never end
    })
    .sort();
}

/**
 * Reads something of a store that other processes prune and verify as well.
 * @returns undefined when it is gone
 * @throws EnvironmentError for any other reason
 */
function unlessGone<Value>(read: () => Value, place: string): Value | undefined {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const reason = systemReason(error) ?? message;
    throw error instanceof EnvironmentError
      ? error
      : new EnvironmentError(`the store of answers: ${place} cannot be read: ${reason}`, { cause: error });
  }
}

/** What a store holds, by names, the largest first. */
export function listStore(folder: string): StoreEntry[] {
  const entries = new Map<string, StoreEntry>();
  for (const { file, size, time } of measured(folder)) {
    if (size === 0) continue;
    const found = unlessGone(() => scanFile(file), file);
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

/** What `verifyStore` found. */
export interface Verification {
  readonly records: number;
  /** Records that were not what was written, and pieces of files that are no record. */
  readonly damaged: number;
  /** Files that had damage; what was sound in them is kept. */
  readonly files: readonly string[];
}

/**
 * Reads every record of a store, and removes those that are not what was written.
 * @throws EnvironmentError when a file can be neither read nor mended nor removed
 */
export function verifyStore(folder: string): Verification {
  let [records, damaged] = [0, 0];
  const files: string[] = [];
  for (const file of answerFiles(folder)) {
    const found = unlessGone(() => verifyFile(file), file);
    if (!found) continue;
    records += found.records;
    damaged += found.damaged;
    if (found.damaged > 0) files.push(file);
  }
  return { records, damaged, files };
}

function verifyFile(file: string): Pick<Verification, 'records' | 'damaged'> {
  removeLeftovers(path.dirname(file));
  const removed = () => {
    if (!remove(file)) throw new EnvironmentError(`${file} is damaged and cannot be removed`);
  };
  if (statSync(file).size === 0) {
    removed(); // a process was killed between making it and its first write: nothing was lost
    return { records: 0, damaged: 0 };
  }
  const found = scanFile(file);
  const group = found && groupDigest(found.what);
  if (!found || !group || path.basename(path.dirname(file)) !== group) {
    removed();
    return { records: 0, damaged: 1 };
  }
  const bytes = readFileSync(file);
  const handle = openSync(file, 'r');
  const sound = found.records.filter((place) => readRecord(group, place.key, handle, place));
  closeSync(handle);
  const cut = found.whole < found.size ? 1 : 0;
  const damaged = found.records.length - sound.length + cut;
  if (damaged > 0 && !(sound.length > 0 && mended(file, withRecords(bytes, found, sound)))) {
    removed();
    return { records: 0, damaged };
  }
  return { records: sound.length, damaged };
}

/** @returns false where the disk has no room for it: then the file goes */
function mended(file: string, bytes: Buffer): boolean {
  try {
    writeWhole(file, bytes);
    return true;
  } catch {
    return false;
  }
}

function withRecords(bytes: Buffer, found: ScannedFile, kept: ScannedFile['records']): Buffer {
  const places = [...found.records.map(({ offset }) => offset), found.whole];
  const pieces = found.records.flatMap((record, i) =>
    kept.includes(record) ? [bytes.subarray(record.offset, places[i + 1])] : [],
  );
  return Buffer.concat([bytes.subarray(0, places[0]), ...pieces]);
}

/** The files with their sizes and the times of their last use. */
function measured(folder: string): { file: string; size: number; time: number }[] {
  return answerFiles(folder).flatMap((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found ? [{ file, size: found.size, time: found.mtimeMs }] : [];
  });
}

/** Removes a file, and the folders that are empty without it. @returns whether it is gone */
function remove(file: string): boolean {
  discard(file);
  if (existsSync(file)) return false;
  try {
    rmdirSync(path.dirname(file));
    rmdirSync(path.dirname(path.dirname(file)));
  } catch {} // other files are there
  return true;
}
