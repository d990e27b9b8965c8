import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from './errors.ts';
import { checkRegular, reasonOf } from './files.ts';
import { machineFailure } from './machine-failure.ts';

/** Bytes that are read together. */
const windowLength = 1 << 18;

/**
 * A file that is read piece by piece, however large it is. It is open only while a piece is read, and may grow at its end in
 * between; after any other change: `forget`.
 */
export class FileBytes {
  readonly file: string;
  /** What pieces are read into: one buffer for all, since thousands of them would be garbage for long. */
  #space: Buffer = Buffer.alloc(0);
  #window: Buffer = this.#space;
  #start = 0;

  constructor(file: string) {
    this.file = file;
  }

  /**
   * At least `length` bytes from `offset` on, where the file has so many. They are there until more are asked for.
   * @throws UserError when it cannot be read or is no regular file
   */
  from(offset: number, length: number): Buffer {
    const skip = offset - this.#start;
    if (skip < 0 || skip + length > this.#window.length) {
      this.#window = this.#read(offset, Math.max(length, windowLength));
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start);
  }

  /** Forgets what was read. */
  forget(): void {
    this.#window = this.#window.subarray(0, 0);
  }

  #read(offset: number, length: number): Buffer {
    try {
      checkRegular(this.file);
      const handle = openSync(this.file, 'r');
      try {
        const wanted = Math.max(0, Math.min(length, fstatSync(handle).size - offset));
        if (this.#space.length < wanted) this.#space = Buffer.alloc(wanted);
        const bytes = this.#space.subarray(0, wanted);
        let done = 0;
        while (done < bytes.length) {
          const more = readSync(handle, bytes, done, bytes.length - done, offset + done);
          if (more === 0) break; // it was cut off meanwhile
          done += more;
        }
        return bytes.subarray(0, done);
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      const fault = `${this.file}: cannot be read`;
      throw machineFailure(error, fault) ?? new UserError(`${fault}: ${reasonOf(error)}; remove it and run again`);
    }
  }
}
