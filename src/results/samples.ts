import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';

/** Points that belong together: the queries of a batch, or what one scheme makes of them. */
export interface SampleSet {
  readonly label: string;
  /** [count, ...shape] row-major */
  readonly points: Float32Array;
}

/** What a run of `kind: samples` keeps. */
export interface Samples {
  /** Shape of one point, such as [1, 28, 28]. */
  readonly shape: readonly number[];
  readonly sets: readonly SampleSet[];
}

const index = 'samples.json';

/** Writes `samples.json` and one NumPy array [count, ...shape] a set. */
export function writeSamples(folder: string, { shape, sets }: Samples): void {
  const size = shape.reduce((product, length) => product * length, 1);
  const listed = sets.map(({ label, points }, place) => {
    const file = `samples-${place}.npy`;
    writeWhole(path.join(folder, file), npy([points.length / size, ...shape], points));
    return { label, file, count: points.length / size };
  });
  writeWhole(path.join(folder, index), `${JSON.stringify({ shape, sets: listed }, null, 2)}\n`);
}

/** @throws UserError when a file is missing or cut off */
export function readSamples(folder: string): Samples {
  try {
    const { shape, sets } = JSON.parse(readFileSync(path.join(folder, index), 'utf8')) as {
      shape: number[];
      sets: { label: string; file: string; count: number }[];
    };
    return {
      shape,
      sets: sets.map(({ label, file, count }) => {
        const bytes = readFileSync(path.join(folder, file));
        const start = 10 + bytes.readUInt16LE(8);
        const expected = start + 4 * shape.reduce((product, length) => product * length, count);
        if (bytes.length !== expected) throw new Error(`${file} has ${bytes.length} bytes, not ${expected}`);
        return {
          label,
          points: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)),
        };
      }),
    };
  } catch (error) {
    throw new UserError(
      `${folder}: the samples cannot be read (${(error as Error).message}); run the experiment again`,
    );
  }
}

/** A NumPy file, format 1.0: magic, length of the header, header, little-endian float32. */
function npy(shape: readonly number[], data: Float32Array): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = Buffer.alloc(10 + header.length + 4 * data.length);
  bytes.write('\x93NUMPY\x01\x00', 'latin1');
  bytes.writeUInt16LE(header.length, 8);
  bytes.write(header, 10, 'latin1');
  data.forEach((value, i) => {
    bytes.writeFloatLE(value, 10 + header.length + 4 * i);
  });
  return bytes;
}
