import { closeSync, openSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { seconds } from '../../util/clock.ts';
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
  valuesOf,
} from './answer-file.ts';
import { damageRemark } from './damage.ts';
import { type RecordWriter, recordWriter } from './record-writer.ts';
import { answerFiles, pruneStore } from './upkeep.ts';

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
  /** Writes what is not in a file yet, and gives the files back. It can be used again. */
  close(): void;
}

/** A store is looked over when a process has written this share of what it may hold. */
const shareBetweenLooks = 1 / 50;

/** How far from now the time of a file may be before a use of it is noted, in milliseconds. */
const staleTime = 60_000;

/** Records go to their files together: when they are this many bytes, or when the last time is so many seconds ago. */
const usualWaiting = 2 ** 20;
const longestWait = 0.5;

/** Files that are open for reading at a time. */
const mostHandles = 64;

/** What leaves no room for a file, by the code of the system. */
const noRoom: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
};

export function openStore({ folder, most }: StoreSpec): Store {
  const remarks = new Set<string>();
  const told = new Set<string>();
  const handles = openFiles(mostHandles);
  const groups: { readonly writer: RecordWriter; readonly flush: () => void }[] = [];
  const mostWaiting = Math.min(usualWaiting, most * shareBetweenLooks);
  let writes = true;
  let sinceLook = 0;
  let waiting = 0;
  let flushed = Number.NEGATIVE_INFINITY; // the first record is written at once: it shows whether any can be

  const remark = (line: string) => {
    if (!told.has(line)) remarks.add(line);
    told.add(line);
  };
  const stopWriting = (error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    // the run loses nothing by it, so the usual "run again" is no advice here
    const full = code === undefined ? undefined : noRoom[code];
    const reason = full
      ? `${full}; the run goes on without it; "approxifer store prune --max <size>" frees what older answers take`
      : `${systemReason(error) ?? message}; the run goes on without it`;
    if (writes) remark(`warning: the store of answers keeps nothing more: ${folder} cannot be written: ${reason}`);
    writes = false;
  };
  const sayDamaged = (file: string) => remark(damageRemark(file));
  const sayUnread = (place: string, error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return; // pruned by another process, or never there
    remark(`warning: answers in ${place} cannot be read: ${systemReason(error) ?? message}; they are computed again`);
  };
  const flushAll = () => {
    for (const { flush } of groups) {
      try {
        flush();
      } catch (error) {
        stopWriting(error);
      }
    }
    sinceLook += waiting;
    waiting = 0;
    flushed = seconds();
    if (sinceLook < most * shareBetweenLooks) return;
    sinceLook = 0;
    try {
      pruneStore(folder, most);
    } catch (error) {
      stopWriting(error); // it cannot be kept small
    }
  };

  return {
    group(what, shown) {
      const digest = groupDigest(what);
      const own = path.join(folder, digest.slice(0, 2), digest);
      const places = placesOf(own, digest, sayDamaged, sayUnread);
      const used = new Set<string>();
      const writer = recordWriter(own, lineBytes({ what, shown }));
      const flush = () => {
        for (const { key, place } of writer.flush()) places.set(key, [place]);
      };
      groups.push({ writer, flush });

      const read = (id: string): Float32Array | undefined => {
        const key = recordKey(id);
        const fresh = writer.waiting(key);
        if (fresh) return valuesOf(digest, key, fresh);
        for (const place of places.get(key) ?? []) {
          try {
            const values = readRecord(digest, key, handles.of(place.file), place);
            if (values) {
              noteUse(place.file, used);
              return values;
            }
            // where it is shorter by now a full disk made its writer take the end back, or "verify" mended it
            if (statSync(place.file).size >= place.offset + place.bytes) sayDamaged(place.file);
          } catch (error) {
            sayUnread(place.file, error);
          }
        }
        places.delete(key);
        return undefined;
      };

      const write = (id: string, values: Float32Array): void => {
        if (!writes) return;
        const record = recordBytes(digest, recordKey(id), values);
        writer.add(recordKey(id), record);
        waiting += record.length;
        if (waiting >= mostWaiting || seconds() - flushed > longestWait) flushAll();
      };

      return { read, write };
    },
    remarks() {
      const lines = [...remarks];
      remarks.clear();
      return lines;
    },
    close() {
      flushAll();
      for (const { writer } of groups) writer.close();
      handles.close();
    },
  };
}

/** Files that stay open between reads; the one that was opened first is closed where there are too many. */
function openFiles(most: number) {
  const handles = new Map<string, number>();
  return {
    /** @throws what the file system says */
    of(file: string): number {
      const known = handles.get(file);
      if (known !== undefined) return known;
      const handle = openSync(file, 'r');
      const [oldest] = handles;
      if (oldest && handles.size >= most) {
        closeSync(oldest[1]);
        handles.delete(oldest[0]);
      }
      handles.set(file, handle);
      return handle;
    },
    close() {
      for (const handle of handles.values()) closeSync(handle);
      handles.clear();
    },
  };
}

/**
 * The records of a group's folder, by key. A key has several places where one was damaged, or two processes computed the same.
 * @param group its digest
 * @param onDamage told of a file with something in it that was never written; a record that another process is writing at this
 * moment is none, nor one that a kill cut off
 * @param onUnread told of what cannot be read
 */
function placesOf(
  folder: string,
  group: string,
  onDamage: (file: string) => void,
  onUnread: (place: string, error: unknown) => void,
): Map<string, RecordPlace[]> {
  const places = new Map<string, RecordPlace[]>();
  for (const file of answerFiles(folder, ({ cause }) => onUnread(folder, cause))) {
    try {
      const { line, end } = scanFile(file, ({ key, ...place }) => {
        const same = places.get(key);
        if (same) same.push(place);
        else places.set(key, [place]);
      });
      if (end === 'broken' || (line && groupDigest(line.what) !== group)) onDamage(file);
    } catch (error) {
      onUnread(file, error);
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
    if (Math.abs(now.getTime() - statSync(file).mtimeMs) > staleTime) utimesSync(file, now, now);
  } catch {} // a store that is read only
}
