import type { FileBytes } from '../util/file-bytes.ts';

/** The lines of a text file, one after the other. A last line without its end is not one. */
export class Lines {
  readonly #content: Buffer | FileBytes;
  #offset = 0;
  #number = 0;
  #next: { readonly line: string; readonly end: number } | undefined;
  /** File and first line, for messages. */
  readonly name: string;

  /** @param before number of lines before these in their file */
  constructor(content: Buffer | FileBytes, name: string, before = 0) {
    this.#content = content;
    this.name = name;
    this.#number = before;
  }

  /** Place of the line taken last, for messages: `trials.csv:17`. */
  get place(): string {
    return `${this.name}:${this.#number}`;
  }

  /** Bytes that were taken. */
  get offset(): number {
    return this.#offset;
  }

  /** The next line without its end; undefined when there is none. */
  peek(): string | undefined {
    this.#next ??= this.#find();
    return this.#next?.line;
  }

  take(): string | undefined {
    const line = this.peek();
    if (!this.#next) return undefined;
    this.#offset = this.#next.end;
    this.#number++;
    this.#next = undefined;
    return line;
  }

  /** Whether bytes follow that are no whole line. */
  get isCut(): boolean {
    return this.peek() === undefined && this.#from(1).length > 0;
  }

  #find(): { line: string; end: number } | undefined {
    for (let length = shortPiece; ; length *= 2) {
      const bytes = this.#from(length);
      const end = bytes.indexOf(10);
      if (end >= 0) return { line: bytes.toString('utf8', 0, end), end: this.#offset + end + 1 };
      if (bytes.length < length) return undefined;
    }
  }

  /** What was not taken yet: all of it, or at least `length` bytes where there are so many. */
  #from(length: number): Buffer {
    return Buffer.isBuffer(this.#content)
      ? this.#content.subarray(this.#offset)
      : this.#content.from(this.#offset, length);
  }
}

/** Bytes in which most lines end. */
const shortPiece = 1 << 12;
