import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, statSync, utimesSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../util/atomic.ts';
import { systemReason } from '../../util/machine-failure.ts';
import {
  type GroupLine,
  groupDigest,
  lineBytes,
  type RecordPlace,
  readRecord,
  recordBytes,
  recordKey,
  scanFile,
} from './answer-file.ts';
import { answerFiles, fileEnding, pruneStore } from './upkeep.ts';

/** Where a store is. Plain data: it goes to other threads. */
export interface StoreSpec {
  readonly folder: string;
  /** Bytes that it may hold: what was not used for longest goes first. */
  readonly most: number;
}

/** Answers of one kind, by what they are answers to. */
interface StoredGroup {
  /** @returns what was written, bit for bit; undefined where there is nothing, or it was damaged */
  read(id: string): Float32Array | undefined;
  write(id: string, values: Float32Array): void;
}

/**
 * Answers that stay when a run ends. Nothing here fails a run: what cannot be read is computed again, and where nothing can be
 * written nothing is kept; `remarks` says so.
 */
export interface Store {
  /**
   * @param what decides the answers, but for their ids: equal values, equal answers
   * @param shown names for people
   */
  group(what: GroupLine['what'], shown: GroupLine['shown']): StoredGroup;
  /** Lines that people should read, each once; those since the last call. */
  remarks(): string[];
}

/** A store is looked over when a process has written this share of what it may hold. */
const shareBetweenLooks = 1 / 50;

/** How old the time of a file may be before a use of it is noted, in milliseconds. */
const staleTime = 60_000;

export function openStore({ folder, most }: StoreSpec): Store {
  const remarks = new Set<string>();
  const told = new Set<string>();
  let writes = true;
  let sinceLook = 0;

  const remark = (line: string) => {
    if (!told.has(line)) remarks.add(line);
    told.add(line);
  };
  const stopWriting = (error: unknown) => {
    const reason = systemReason(error) ?? (error as Error).message;
    if (writes) remark(`warning: the store of answers keeps nothing more: ${folder} cannot be written: ${reason}`);
    writes = false;
  };
  const look = (bytes: number) => {
    sinceLook += bytes;
    if (sinceLook < most * shareBetweenLooks) return;
    sinceLook = 0;
    pruneStore(folder, most);
  };

  return {
    group(what, shown) {
      const digest = groupDigest(what);
      const own = path.join(folder, digest.slice(0, 2), digest);
      const places = placesOf(own);
      const used = new Set<string>();
      let writer: { readonly file: string; size: number } | undefined;

      const read = (id: string): Float32Array | undefined => {
        const key = recordKey(id);
        for (const place of places.get(key) ?? []) {
          try {
            const values = readRecord(digest, key, place);
            if (values) {
              noteUse(place.file, used);
              return values;
            }
            remark(
              `warning: damaged answers in ${place.file} were not used and are computed again; "approxifer store verify" removes them`,
            );
          } catch {} // pruned by another process, or it cannot be read: computed again
        }
        places.delete(key);
        return undefined;
      };

      const write = (id: string, values: Float32Array): void => {
        if (!writes) return;
        const key = recordKey(id);
        const record = recordBytes(digest, key, values);
        try {
          // pruned, or rewritten by verify
          if (writer && statSync(writer.file, { throwIfNoEntry: false })?.size !== writer.size) writer = undefined;
          const line = writer ? undefined : lineBytes({ what, shown });
          if (line) makeFolder(own);
          writer ??= { file: path.join(own, `${process.pid}-${randomBytes(6).toString('hex')}${fileEnding}`), size: 0 };
          const bytes = line ? Buffer.concat([line, record]) : record;
          writeAt(writer.file, writer.size, bytes);
          const offset = writer.size + bytes.length - record.length;
          writer.size += bytes.length;
          places.set(key, [{ file: writer.file, offset, count: values.length }]);
          look(bytes.length);
        } catch (error) {
          stopWriting(error);
        }
      };

      return { read, write };
    },
    remarks() {
      const lines = [...remarks];
      remarks.clear();
      return lines;
    },
  };
}

/** The records of a group's folder, by key. A key has several places where one was damaged, or two processes computed the same. */
function placesOf(folder: string): Map<string, RecordPlace[]> {
  const places = new Map<string, RecordPlace[]>();
  for (const file of answerFiles(folder)) {
    let found: ReturnType<typeof scanFile>;
    try {
      found = scanFile(file);
    } catch {
      continue; // pruned meanwhile, or it cannot be read
    }
    for (const place of found?.records ?? []) {
      const same = places.get(place.key);
      if (same) same.push(place);
      else places.set(place.key, [place]);
    }
  }
  return places;
}

/** Sets the time of a file, so that it is not the next one to be pruned. */
function noteUse(file: string, used: Set<string>): void {
  if (used.has(file)) return;
  used.add(file);
  try {
    const now = new Date();
    if (now.getTime() - statSync(file).mtimeMs > staleTime) utimesSync(file, now, now);
  } catch {} // a store that is read only
}

/** Writes at the end of a file, wholly or not at all. @param size of the file; 0 makes it */
function writeAt(file: string, size: number, bytes: Buffer): void {
  const handle = openSync(file, size === 0 ? 'wx' : 'r+');
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(handle, bytes, done, bytes.length - done, size + done);
    }
  } catch (error) {
    ftruncateSync(handle, size);
    throw error;
  } finally {
    closeSync(handle);
  }
}
