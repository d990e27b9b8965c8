import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { UserError } from './errors.ts';

/** Arrays as NumPy files: read, and written in format 1.0, little-endian, row-major. */

type Numbers =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array;

/** A NumPy array, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Floats for floats and booleans (0 and 1), integers for integers. */
  readonly data: Numbers;
}

interface Type {
  /** Bytes a number. */
  readonly bytes: number;
  /** From a buffer of whole little-endian numbers. */
  readonly read: (buffer: ArrayBuffer) => Numbers;
}

/** Types by NumPy's letter and size: `f4` is a float of four bytes. */
const types: Readonly<Record<string, Type>> = {
  f2: { bytes: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), halfFloat) },
  f4: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, read: (buffer) => new Float64Array(buffer) },
  u1: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  i1: { bytes: 1, read: (buffer) => new Int8Array(buffer) },
  u2: { bytes: 2, read: (buffer) => new Uint16Array(buffer) },
  i2: { bytes: 2, read: (buffer) => new Int16Array(buffer) },
  u4: { bytes: 4, read: (buffer) => new Uint32Array(buffer) },
  i4: { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  u8: { bytes: 8, read: (buffer) => new BigUint64Array(buffer) },
  i8: { bytes: 8, read: (buffer) => new BigInt64Array(buffer) },
  b1: { bytes: 1, read: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
};

/** The value of the 16 bits of an IEEE 754 half float. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Reads the .npy format (versions 1 to 3) for floats and integers of either byte order, in C order.
 * @param path the file's name, for messages
 * @throws UserError when it is not .npy, truncated, in Fortran order or of another type
 */
export function parseNpy(bytes: Uint8Array, path: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
  if (bytes.length < 12 || !magic.every((byte, i) => bytes[i] === byte))
    throw new UserError(`${path} is not a .npy file`);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const shape = shapeOf(header);
  if (/'descr':\s*\[/.test(header)) {
    throw new UserError(
      `${path} has a structured type (named fields); save the field of the points as an array of its own`,
    );
  }
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (descr === undefined || !shape) throw new UserError(`${path} is not a .npy file: its header is broken`);
  if (/'fortran_order':\s*True/.test(header) && shape.length > 1) {
    throw new UserError(`${path} is in Fortran order; save it with numpy.ascontiguousarray`);
  }
  const type = /^[<>|=]/.test(descr) && Object.hasOwn(types, descr.slice(1)) ? types[descr.slice(1)]! : undefined;
  if (!type) {
    throw new UserError(`${path} holds numbers of type ${descr}; read are ${Object.keys(types).join(', ')}`);
  }
  const size = shape.reduce((product, dim) => product * dim, 1) * type.bytes;
  const from = start + length;
  if (bytes.length !== from + size) {
    const what = bytes.length < from + size ? 'truncated' : 'too long';
    throw new UserError(`${path} is ${what}: ${bytes.length} bytes, its header asks for ${from + size}`);
  }
  // a copy, since typed arrays must begin at a multiple of their element's size
  const body = new Uint8Array(bytes.subarray(from));
  if (descr.startsWith('>')) reverseEach(body, type.bytes);
  return { shape, data: type.read(body.buffer) };
}

/** The axes of a header's `(60, 8)`, or Python 2's `(60L, 8L)`; undefined when it has none. */
function shapeOf(header: string): number[] | undefined {
  const dims = /'shape':\s*\(([\dL,\s]*)\)/.exec(header)?.[1];
  return dims?.split(',').flatMap((dim) => (dim.trim() ? [Number(dim.trim().replace(/L$/, ''))] : []));
}

/** Big-endian numbers become little-endian in their place. */
function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** What is written: `type` of the numbers by the array that holds them. */
export type WrittenNumbers = Float64Array | Float32Array | Int32Array | Uint8Array;

type WrittenType = new (length: number) => WrittenNumbers;

const letters: readonly (readonly [WrittenType, string])[] = [
  [Float64Array, '<f8'],
  [Float32Array, '<f4'],
  [Int32Array, '<i4'],
  [Uint8Array, '|u1'],
];

/** A whole file. */
export function npyBytes(shape: readonly number[], data: WrittenNumbers): Uint8Array {
  return Buffer.concat([headOf(shape, typeOf(data)), bytesOf(data)]);
}

/** A file that grows by one entry of its first axis at a time. */
export interface NpyWriter {
  append(data: WrittenNumbers): void;
  /** @returns the SHA-256 of the file. @throws RangeError when it is not full */
  close(): string;
}

/**
 * Begins a file.
 * @param like numbers of the type that it holds
 * @throws RangeError, when it is written to, for data of another type or too many
 */
export function npyWriter(file: string, shape: readonly number[], like: WrittenNumbers): NpyWriter {
  const handle = openSync(file, 'w');
  const digest = createHash('sha256');
  const write = (bytes: Uint8Array) => {
    digest.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
  };
  const size = shape.reduce((product, length) => product * length, 1);
  const type = typeOf(like);
  let written = 0;
  write(headOf(shape, type));
  return {
    append(data) {
      written += data.length;
      if (!(data instanceof type) || written > size)
        throw new RangeError(`${file}: too many numbers, or of another type`);
      write(bytesOf(data));
    },
    close() {
      closeSync(handle);
      if (written !== size) throw new RangeError(`${file}: ${written} of ${size} numbers`);
      return digest.digest('hex');
    },
  };
}

function typeOf(data: WrittenNumbers): WrittenType {
  return letters.find(([type]) => data instanceof type)![0];
}

/** Magic, length of the header, header. */
function headOf(shape: readonly number[], type: WrittenType): Uint8Array {
  const descr = letters.find(([of]) => of === type)![1];
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header, 'latin1')]);
}

function bytesOf({ buffer, byteOffset, byteLength }: WrittenNumbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
