import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { discard, makeFolder } from '../../util/atomic.ts';
import type { RecordPlace } from './answer-file.ts';
import { fileEnding } from './upkeep.ts';

/** Writes the records of one group, many at a time: what a write costs is the call, not the bytes. */
export interface RecordWriter {
  /** Takes a record; it is in the file after the next `flush`. */
  add(key: string, record: Buffer): void;
  /** A record that is not in the file yet. */
  waiting(key: string): Buffer | undefined;
  /**
   * Writes what waits, wholly or not at all; afterwards nothing waits.
   * @returns where the records are now
   * @throws what the file system says
   */
  flush(): readonly { readonly key: string; readonly place: RecordPlace }[];
  close(): void;
}

/**
 * @param folder of the group
 * @param line the first line of a file
 */
export function recordWriter(folder: string, line: Buffer): RecordWriter {
  let records = new Map<string, Buffer>();
  let own: { readonly file: string; readonly handle: number; size: number } | undefined;

  const close = () => {
    if (own) closeSync(own.handle);
    own = undefined;
  };

  return {
    add: (key, record) => records.set(key, record),
    waiting: (key) => records.get(key),
    flush() {
      const all = records;
      records = new Map();
      if (all.size === 0) return [];
      if (own && !isAsLeft(own)) close();
      own ??= newFile(folder);
      const { file, handle } = own;
      const pieces = [...(own.size === 0 ? [line] : []), ...all.values()];
      let offset = own.size + (own.size === 0 ? line.length : 0);
      try {
        own.size = writeAt(handle, own.size, Buffer.concat(pieces));
      } catch (error) {
        const isNew = own.size === 0;
        close();
        if (isNew) discard(file);
        throw error;
      }
      return [...all].map(([key, { length }]) => {
        const place = { file, offset, bytes: length };
        offset += length;
        return { key, place };
      });
    },
    close,
  };
}

function newFile(folder: string, tries = 3): { readonly file: string; readonly handle: number; size: number } {
  const file = path.join(folder, `${process.pid}-${randomBytes(6).toString('hex')}${fileEnding}`);
  try {
    makeFolder(folder);
    return { file, handle: openSync(file, 'wx'), size: 0 };
  } catch (error) {
    // another process that prunes the store may remove the folder at any moment while it is empty
    const { code } = error as NodeJS.ErrnoException;
    if (tries > 1 && (code === 'ENOENT' || code === 'EEXIST')) return newFile(folder, tries - 1);
    throw error;
  }
}

/** Whether a file is neither pruned nor rewritten by `verify`. */
function isAsLeft({ handle, size }: { readonly handle: number; readonly size: number }): boolean {
  const found = fstatSync(handle);
  return found.nlink > 0 && found.size === size;
}

/** Writes at the end of a file, wholly or not at all. @returns its size */
function writeAt(handle: number, size: number, bytes: Buffer): number {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(handle, bytes, done, bytes.length - done, size + done);
    }
  } catch (error) {
    ftruncateSync(handle, size);
    throw error;
  }
  return size + bytes.length;
}
