import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { removeLeftovers, writeWholeBytes } from '../../util/atomic.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { groupDigest, readRecord, scanFile } from './answer-file.ts';
import { answerFiles, type OnFault, raise, remove, unlessGone } from './upkeep.ts';

/** What `verifyStore` found. */
export interface Verification {
  readonly records: number;
  /** Records that were not what was written, and pieces of files that are no record. */
  readonly damaged: number;
  /** Files that had damage; what was sound in them is kept. */
  readonly files: readonly string[];
  /** Damaged files that can be neither mended nor removed. */
  readonly stuck: readonly string[];
}

/** From where to where in a file. */
interface Stretch {
  readonly from: number;
  to: number;
}

/** Bytes that are copied together. */
const pieceBytes = 2 ** 20;

/**
 * Reads every record of a store, and removes those that are not what was written.
 * @param onFault told of what can be neither read nor mended nor removed; the rest is verified all the same
 */
export function verifyStore(folder: string, onFault: OnFault = raise): Verification {
  let [records, damaged] = [0, 0];
  const files: string[] = [];
  const stuck: string[] = [];
  const told: OnFault = (fault) => {
    if (fault instanceof StuckFile) stuck.push(fault.file);
    onFault(fault);
  };
  for (const file of answerFiles(folder, onFault)) {
    const found = unlessGone(() => verifyFile(file), file, told);
    if (!found) continue;
    records += found.records;
    damaged += found.damaged;
    if (found.damaged > 0) files.push(file);
  }
  return { records, damaged, files, stuck };
}

class StuckFile extends EnvironmentError {
  readonly file: string;

  constructor(file: string) {
    super(`${file} is damaged and cannot be removed`);
    this.file = file;
  }
}

function verifyFile(file: string): Pick<Verification, 'records' | 'damaged'> {
  removeLeftovers(path.dirname(file));
  const removed = (damaged: number) => {
    if (!remove(file)) throw new StuckFile(file);
    return { records: 0, damaged };
  };
  // a process was killed between making it and its first write: nothing was lost
  if (statSync(file).size === 0) return removed(0);
  const group = path.basename(path.dirname(file));
  const sound: Stretch[] = [];
  let [records, damaged] = [0, 0];
  const { line, start, end } = scanFile(file, (place, handle) => {
    if (!readRecord(group, place.key, handle, place)) {
      damaged++;
      return;
    }
    records++;
    const last = sound.at(-1);
    if (last?.to === place.offset) last.to += place.bytes;
    else sound.push({ from: place.offset, to: place.offset + place.bytes });
  });
  if (!line || groupDigest(line.what) !== group) return removed(1);
  if (end !== 'sound') damaged++;
  if (damaged > 0 && !(records > 0 && mended(file, [{ from: 0, to: start }, ...sound]))) return removed(damaged);
  return { records, damaged };
}

/** @returns false where the disk has no room for it: then the file goes */
function mended(file: string, kept: readonly Stretch[]): boolean {
  const handle = openSync(file, 'r');
  try {
    writeWholeBytes(file, bytesOf(handle, kept));
    return true;
  } catch {
    return false;
  } finally {
    closeSync(handle);
  }
}

/** The bytes of some stretches of a file, a piece at a time: each is used before the next is asked for. */
function* bytesOf(handle: number, stretches: readonly Stretch[]): Generator<Buffer> {
  const piece = Buffer.allocUnsafe(pieceBytes);
  for (const { from, to } of stretches) {
    for (let offset = from; offset < to; ) {
      const read = readSync(handle, piece, 0, Math.min(piece.length, to - offset), offset);
      if (read === 0) throw new Error('the file was cut off while it was mended');
      yield piece.subarray(0, read);
      offset += read;
    }
  }
}
