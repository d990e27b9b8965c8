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
/** The mark of every record that an early build wrote. */
const plainMark = 0x52455753;
const headBytes = 40;
/** No record is larger: that many bytes cannot be read by one call. */
const mostRecordBytes = 2 ** 31 - 1;
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

/** A file whose records were gone through. */
export interface ScannedFile {
  /** Absent where the file does not begin with one. */
  readonly line: GroupLine | undefined;
  /** Where the records begin. */
  readonly start: number;
  /**
   * What follows the last whole record: nothing; the beginning of a record or of the line, which a process is writing at this
   * moment or a kill cut off; or what was never written so.
   */
  readonly end: 'sound' | 'cut' | 'broken';
}

/** Takes a record that a scan finds. @param handle of the file, open for reading */
type TakeRecord = (record: RecordPlace & { readonly key: string }, handle: number) => void;

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
  bytes.writeUInt32LE(markOf(bytes), 36);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), headBytes);
  checksum(group, bytes).copy(bytes, 16);
  return bytes;
}

/**
 * Four bytes that follow from the key and the number of values: the records of a file are found without reading values, so the
 * checksum does not tell that a bit of these flipped. One changed word always changes them.
 */
function markOf(head: Buffer): number {
  let sum = plainMark;
  for (const at of [0, 4, 8, 12, 32]) {
    sum = Math.imul(sum ^ head.readUInt32LE(at), 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
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
 * @throws what the file system says
 */
export function scanFile(file: string, take: TakeRecord = () => {}): ScannedFile {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const beginning = Buffer.alloc(Math.min(size, mostLineBytes));
    const read = beginning.subarray(0, readFully(handle, beginning, 0));
    const length = read.indexOf(10);
    const line = length < 0 ? undefined : parseLine(read.toString('utf8', 0, length));
    if (!line) return { line, start: 0, end: isPieceOfLine(read) ? 'cut' : 'broken' };
    const headAt = throughWindow(handle, read);
    const start = length + 1;
    let offset = start;
    while (offset < size) {
      const head = headAt(offset);
      if (head.length < headBytes) return { line, start, end: 'cut' };
      const bytes = headBytes + 4 * head.readUInt32LE(32);
      const isHead = [markOf(head), plainMark].includes(head.readUInt32LE(36)) && bytes <= mostRecordBytes;
      if (!isHead || offset + bytes > size) return { line, start, end: isHead ? 'cut' : 'broken' };
      take({ file, offset, bytes, key: head.toString('hex', 0, 16) }, handle);
      offset += bytes;
    }
    return { line, start, end: 'sound' };
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

/** Whether bytes may be the beginning of a first line: its text has no control characters, which numbers do have. */
function isPieceOfLine(bytes: Buffer): boolean {
  const begun = bytes.toString('utf8', 0, start.length);
  return start.startsWith(begun) && bytes.length < mostLineBytes && bytes.every((byte) => byte >= 32);
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
