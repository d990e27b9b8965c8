/** The lines of a text file, one after the other. A last line without its end is not one. */
export class Lines {
  readonly #content: Buffer;
  #offset = 0;
  #number = 0;
  #next: string | undefined;
  /** File and first line, for messages. */
  readonly name: string;

  /** @param before number of lines before these in their file */
  constructor(content: Buffer, name: string, before = 0) {
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
    if (this.#next !== undefined) return this.#next;
    const end = this.#content.indexOf(10, this.#offset);
    if (end < 0) return undefined;
    this.#next = this.#content.toString('utf8', this.#offset, end);
    return this.#next;
  }

  take(): string | undefined {
    const line = this.peek();
    if (line === undefined) return undefined;
    this.#offset = this.#content.indexOf(10, this.#offset) + 1;
    this.#number++;
    this.#next = undefined;
    return line;
  }

  /** Whether bytes follow that are no whole line. */
  get isCut(): boolean {
    return this.peek() === undefined && this.#offset < this.#content.length;
  }
}
