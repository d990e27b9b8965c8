import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from './errors.ts';
import { systemReason } from './machine-failure.ts';
import { isAlive, numberSpace } from './process.ts';

/**
 * Writes a file under a temporary name and renames it: under its own name it is whole or absent.
 * @throws EnvironmentError when the disk or the folder refuses it
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  placed(file, (temporary) => {
    writeFileSync(temporary, content);
  });
}

/** `writeWhole`, but a pipe or a device, such as /dev/stdout, is written to as it is: it is not replaced. */
export function writeAnywhere(file: string, content: string): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found && !found.isFile() && !found.isDirectory()) {
      writeFileSync(file, content);
      return;
    }
  } catch (error) {
    throw diskError(file, error);
  }
  writeWhole(file, content);
}

/** Bytes that are written together. */
const pieceLength = 1 << 20;

/**
 * The same for a text that need not be in memory whole.
 * @returns the SHA-256 of the text, in hexadecimal
 */
export function writeWholeText(file: string, texts: Iterable<string>): string {
  const hash = createHash('sha256');
  placedInPieces(file, inPieces(texts), (piece) => hash.update(piece));
  return hash.digest('hex');
}

/** The same for bytes, which are written as they come. */
export function writeWholeBytes(file: string, pieces: Iterable<Uint8Array>): void {
  placedInPieces(file, pieces);
}

function placedInPieces(
  file: string,
  pieces: Iterable<Uint8Array>,
  look: (piece: Uint8Array) => void = () => {},
): void {
  placed(file, (temporary) => {
    const handle = openSync(temporary, 'wx');
    try {
      for (const piece of pieces) {
        look(piece);
        writeFileSync(handle, piece);
      }
    } finally {
      closeSync(handle);
    }
  });
}

function placed(file: string, write: (temporary: string) => void): void {
  const temporary = temporaryName(file);
  try {
    makeFolder(path.dirname(file));
    write(temporary);
    renameSync(temporary, file);
  } catch (error) {
    discard(temporary);
    // what the file system says has a code; the rest is a fault of who makes the text
    throw (error as NodeJS.ErrnoException).code === undefined ? error : diskError(file, error);
  }
}

/** Each piece is there until the next one is asked for. */
function* inPieces(texts: Iterable<string>): Generator<Uint8Array> {
  const space = Buffer.allocUnsafe(pieceLength);
  let used = 0;
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    if (used + length > space.length) {
      yield space.subarray(0, used);
      used = 0;
    }
    if (length > space.length) yield Buffer.from(text);
    else used += space.write(text, used);
  }
  yield space.subarray(0, used);
}

/** Removes a file if that is possible: what is left is removed by `removeLeftovers` later. */
export function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}

/** A new name beside `file` that says whose it is, so that it can be removed when its writer was killed. */
export function temporaryName(file: string): string {
  return `${file}.${process.pid}-${numberSpace()}-${randomBytes(4).toString('hex')}.tmp`;
}

const temporaryPattern = /\.(\d+)(?:-([0-9a-f]{8})-[0-9a-f]{8})?\.tmp$/;

/** Writing a file takes less than this, in milliseconds. */
const longWrite = 3_600_000;

/** Removes temporary files of a folder whose writers are dead. A writer on another machine is, once its file is an hour old. */
export function removeLeftovers(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // what is not there or cannot be read has nothing of ours
  }
  for (const name of names) {
    const match = temporaryPattern.exec(name);
    if (!match && !/\.lock\.[0-9a-z-]+\.claim$/.test(name)) continue;
    const file = path.join(folder, name);
    const isOurs = match && (match[2] === undefined || match[2] === numberSpace());
    const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (isOurs ? isAlive(Number(match[1])) : Date.now() - modified < longWrite) continue;
    discard(file);
  }
}

/**
 * Makes a folder and those above it. (`mkdir` with `recursive` does not come back below /proc: it takes the refusal for a
 * missing parent, for ever.)
 * @throws what the file system says; `diskError` puts it into words
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = path.dirname(folder);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(folder);
  }
}

/** A failed write as an error with the cure. */
export function diskError(file: string, error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new EnvironmentError(`${file}: cannot be written: ${systemReason(error) ?? code ?? message}`, {
    cause: error,
  });
}
