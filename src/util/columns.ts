import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diskError } from './atomic.ts';

/** Most numbers that are held in memory: 32 MB. */
const mostInMemory = 1 << 22;

/** Rows that are written together. */
const blockRows = 4096;

/**
 * A table of numbers that is filled row by row and read column by column. A large one lies in a temporary file, so that only
 * the columns that are asked for take memory.
 */
export class Columns {
  readonly #columns: number;
  readonly #rowsInBlock: number;
  /** [columns, rows of a block] row-major: the block that is filled. */
  readonly #block: Float64Array;
  #file: { readonly folder: string; readonly handle: number } | undefined;
  #rows = 0;

  /** @param inMemory most numbers that are held in memory */
  constructor(columns: number, rows: number, inMemory = mostInMemory) {
    this.#columns = columns;
    this.#rowsInBlock = columns * rows <= inMemory ? rows : Math.min(rows, blockRows);
    this.#block = new Float64Array(columns * this.#rowsInBlock);
  }

  /** Adds a row. @throws EnvironmentError when the disk has no room */
  add(row: ArrayLike<number>): void {
    const place = this.#rows % this.#rowsInBlock;
    if (place === 0 && this.#rows > 0) this.#write();
    for (let column = 0; column < this.#columns; column++)
      this.#block[column * this.#rowsInBlock + place] = row[column]!;
    this.#rows++;
  }

  /** A column of the rows there are. */
  column(column: number): Float64Array {
    const rows = this.#rowsInBlock;
    const own = this.#block.subarray(column * rows, (column + 1) * rows);
    if (!this.#file) return own.subarray(0, this.#rows);
    const values = new Float64Array(this.#rows);
    const bytes = new Uint8Array(values.buffer);
    const blocks = Math.ceil(this.#rows / rows);
    for (let block = 0; block < blocks - 1; block++) {
      const at = (block * this.#columns + column) * rows * 8;
      for (let done = 0; done < rows * 8; ) {
        const read = readSync(this.#file.handle, bytes, block * rows * 8 + done, rows * 8 - done, at + done);
        if (read === 0) throw new Error('the temporary file of the trials was cut off');
        done += read;
      }
    }
    values.set(own.subarray(0, this.#rows - (blocks - 1) * rows), (blocks - 1) * rows);
    return values;
  }

  /** Removes the file. */
  close(): void {
    if (!this.#file) return;
    closeSync(this.#file.handle);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }

  #write(): void {
    try {
      this.#file ??= newFile();
      const bytes = new Uint8Array(this.#block.buffer);
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file.handle, bytes, done);
    } catch (error) {
      throw diskError(`${tmpdir()} (the folder for temporary files, TMPDIR)`, error);
    }
  }
}

function newFile() {
  const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-trials-'));
  const handle = openSync(path.join(folder, 'values'), 'w+');
  try {
    rmSync(folder, { recursive: true }); // a process that is killed leaves nothing
  } catch {} // not every system removes a file that is open: `close` does
  return { folder, handle };
}
