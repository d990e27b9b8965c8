import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';

/** An array of bytes in the IDX format of LeCun's MNIST page. */
export interface IdxArray {
  /** Sizes of the axes, outermost first: [images, rows, columns] or [labels]. */
  readonly dims: readonly number[];
  /** Row-major, product of `dims` bytes. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX array of unsigned bytes: magic `00 00 08 rank`, big-endian axis sizes, then the bytes.
 * @param bytes the raw (not gzipped) file
 * @param path the file's name, for messages
 * @throws UserError when it is not IDX, not of bytes, truncated or too long
 */
export function parseIdx(bytes: Uint8Array, path: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0)
    throw new UserError(`${path} is not an IDX file (wrong magic number)`);
  const type = bytes[2]!;
  const rank = bytes[3]!;
  if (type !== 0x08)
    throw new UserError(`${path} holds IDX type 0x${type.toString(16)}; only unsigned bytes (0x8) are read`);
  const header = 4 + 4 * rank;
  if (rank === 0 || bytes.length < header) throw new UserError(`${path} is truncated: its IDX header is incomplete`);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length !== header + size) {
    const what = bytes.length < header + size ? 'truncated' : 'too long';
    throw new UserError(`${path} is ${what}: ${bytes.length} bytes, its IDX header asks for ${header + size}`);
  }
  return { dims, data: bytes.subarray(header) };
}

/** Longest contents of a gzipped file, in bytes: 28 x 28 pixels of a million images and more. */
const longest = 2 ** 30;

/**
 * The raw contents of an IDX file, unzipped when it is gzipped, and their SHA-256.
 * @throws UserError when the file is missing or its gzip stream is damaged
 */
export async function readIdxFile(path: string): Promise<{ bytes: Uint8Array; sha256: string }> {
  let bytes: Uint8Array = await readUserFile(path, 'IDX file');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await promisify(gunzip)(bytes, { maxOutputLength: longest });
    } catch (error) {
      throw new UserError(`${path} is damaged: ${(error as Error).message}`);
    }
  }
  return { bytes, sha256: sha256(bytes) };
}
