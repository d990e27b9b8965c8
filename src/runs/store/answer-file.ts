import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * A file of the store of answers: a line that says what all its records are answers to, then records. One process writes to it,
 * at its end; a record that a kill or a full disk cut off is the last one.
 *
 * A record: 16 bytes of the key, 16 of the checksum, the number of float32 values and a mark (each 4 bytes, little-endian), the
 * values. The checksum covers the rest of the record and the line of the file.
 */

const start = 'approxifer answers 1 ';
const mark = 0x52455753;
const headBytes = 40;
/** What is read to find the first line: it is a few hundred bytes long. */
const mostLineBytes = 65_536;
const windowBytes = 65_536;

/** What the records of a file are answers to, and names for people. */
export interface GroupLine {
  /** Equal values, equal answers: whatever decides them but the record's own key. */
  readonly what: Readonly<Record<string, unknown>>;
  /** For people; no part of what the answers are. */
  readonly shown: Readonly<Record<string, string>>;
}

/** Where a record is. */
export interface RecordPlace {
  readonly file: string;
  readonly offset: number;
  /** Of the whole record. */
  readonly bytes: number;
}

export interface ScannedFile extends GroupLine {
  readonly records: readonly (RecordPlace & { readonly key: string })[];
  /** Bytes of the line and the whole records. */
  readonly whole: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Whether what follows the whole records is no record that was cut off. */
  readonly isBroken: boolean;
}

/** Equal values have equal digests, whatever the order of their keys. */
export function groupDigest(what: GroupLine['what']): string {
  return hash('sha256', JSON.stringify(sorted(what)), 'hex').slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

/** The key of a record, 32 hexadecimal digits. @param id says what the answers are to, inside the group */
export function recordKey(id: string): string {
  return hash('sha256', id, 'hex').slice(0, 32);
}

/** The first line of a file. */
export function lineBytes({ what, shown }: GroupLine): Buffer {
  return Buffer.from(`${start}${JSON.stringify({ what: sorted(what), shown })}\n`);
}

/** A record as it stands in a file. */
export function recordBytes(group: string, key: string, values: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + values.byteLength);
  bytes.write(key, 0, 'hex');
  bytes.writeUInt32LE(values.length, 32);
  bytes.writeUInt32LE(mark, 36);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), headBytes);
  checksum(group, bytes).copy(bytes, 16);
  return bytes;
}

/** @returns 16 bytes */
function checksum(group: string, record: Buffer): Buffer {
  const values = hash('sha256', record.subarray(headBytes), 'hex');
  const own = `${group} ${record.toString('hex', 0, 16)} ${record.toString('hex', 32, headBytes)} ${values}`;
  return hash('sha256', own, 'buffer').subarray(0, 16);
}

/**
 * The values of a record.
 * @returns undefined when it is not what was written
 */
export function valuesOf(group: string, key: string, record: Buffer): Float32Array | undefined {
  const isWhole = record.toString('hex', 0, 16) === key && checksum(group, record).equals(record.subarray(16, 32));
  if (!isWhole) return undefined;
  const values = new Float32Array((record.length - headBytes) / 4);
  new Uint8Array(values.buffer).set(record.subarray(headBytes));
  return values;
}

/**
 * The values of a record in a file that is open.
 * @returns undefined when it is not what was written
 * @throws what the file system says
 */
export function readRecord(
  group: string,
  key: string,
  handle: number,
  { offset, bytes }: Omit<RecordPlace, 'file'>,
): Float32Array | undefined {
  const record = Buffer.allocUnsafe(bytes);
  return readFully(handle, record, offset) < bytes ? undefined : valuesOf(group, key, record);
}

/**
 * Finds the records of a file, without reading their values.
 * @returns undefined when its first line is not that of such a file
 * @throws what the file system says
 */
export function scanFile(file: string): ScannedFile | undefined {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const beginning = Buffer.alloc(Math.min(size, mostLineBytes));
    readFully(handle, beginning, 0);
    const headAt = throughWindow(handle, beginning);
    const end = beginning.indexOf(10);
    const line = end < 0 ? undefined : parseLine(beginning.toString('utf8', 0, end));
    if (!line) return undefined;
    const records: (RecordPlace & { key: string })[] = [];
    let offset = end + 1;
    let isBroken = false;
    while (offset + headBytes <= size) {
      const head = headAt(offset);
      const bytes = headBytes + 4 * head.readUInt32LE(32);
      isBroken = head.readUInt32LE(36) !== mark;
      if (isBroken || offset + bytes > size) break;
      records.push({ file, offset, bytes, key: head.toString('hex', 0, 16) });
      offset += bytes;
    }
    return { ...line, records, whole: offset, size, isBroken };
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads heads of records in ascending order, many small records by one call.
 * @param first what was read already, from the beginning of the file
 */
function throughWindow(handle: number, first: Buffer): (offset: number) => Buffer {
  let [from, window] = [0, first];
  const next = Buffer.alloc(windowBytes);
  return (offset) => {
    if (offset + headBytes > from + window.length) {
      window = next.subarray(0, readFully(handle, next, offset));
      from = offset;
    }
    return window.subarray(offset - from, offset - from + headBytes);
  };
}

function parseLine(line: string): GroupLine | undefined {
  if (!line.startsWith(start)) return undefined;
  try {
    const { what, shown } = JSON.parse(line.slice(start.length)) as Partial<GroupLine>;
    return typeof what === 'object' && typeof shown === 'object' ? { what, shown } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the bytes that there were */
function readFully(handle: number, bytes: Buffer, offset: number): number {
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(handle, bytes, done, bytes.length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
