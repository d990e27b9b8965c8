import path from 'node:path';
import { UserError } from '../util/errors.ts';
import { readRegularFile } from '../util/files.ts';
import { files } from './schema.ts';

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

/** A set as `samples.csv` and `samples.json` name it. */
export interface SampleEntry {
  readonly label: string;
  /** A NumPy array [count, ...shape]. */
  readonly file: string;
  readonly count: number;
  readonly shape: readonly number[];
}

/** The text of `samples.json`. */
export function samplesText(entries: readonly SampleEntry[]): string {
  const sets = entries.map(({ label, file, count }) => ({ label, file, count }));
  return `${JSON.stringify({ shape: entries[0]?.shape ?? [], sets }, null, 2)}\n`;
}

/** @throws UserError when a file is missing or cut off */
export function readSamples(folder: string): Samples {
  try {
    const { shape, sets } = JSON.parse(readRegularFile(path.join(folder, files.samples)).toString()) as {
      shape: number[];
      sets: { label: string; file: string; count: number }[];
    };
    return {
      shape,
      sets: sets.map(({ label, file, count }) => {
        const bytes = readRegularFile(path.join(folder, file));
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
export function npy(shape: readonly number[], data: Float32Array): Uint8Array {
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
