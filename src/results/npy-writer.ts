import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Arrays as NumPy files (format 1.0, little-endian, row-major). */

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

const letters: readonly (readonly [new (length: number) => Numbers, string])[] = [
  [Float64Array, '<f8'],
  [Float32Array, '<f4'],
  [Int32Array, '<i4'],
  [Uint8Array, '|u1'],
];

/** A file that grows by one entry of its first axis at a time. */
export interface NpyWriter {
  append(data: Numbers): void;
  /** @returns the SHA-256 of the file. @throws RangeError when it is not full */
  close(): string;
}

/** @param type of the numbers. @throws RangeError, when it is written to, for data of another type or too many */
export function npyWriter(file: string, shape: readonly number[], type: new (length: number) => Numbers): NpyWriter {
  const handle = openSync(file, 'w');
  const digest = createHash('sha256');
  const write = (bytes: Uint8Array) => {
    digest.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
  };
  const size = shape.reduce((product, length) => product * length, 1);
  let written = 0;
  const descr = letters.find(([of]) => of === type)![1];
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  write(Buffer.concat([head, Buffer.from(header, 'latin1')]));
  return {
    append(data) {
      written += data.length;
      if (!(data instanceof type) || written > size)
        throw new RangeError(`${file}: too many numbers, or of another type`);
      write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
    close() {
      closeSync(handle);
      if (written !== size) throw new RangeError(`${file}: ${written} of ${size} numbers`);
      return digest.digest('hex');
    },
  };
}
