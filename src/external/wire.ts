/**
 * Messages between approxifer and a program that codes: `AXF1`, the length of the header, the header as JSON, the numbers of the
 * arrays that the header lists. Lengths are 32-bit, everything is little-endian. docs/how-to/own-method.md is the same in words.
 */

import { quoted } from '../util/text.ts';
import { parseJson } from '../util/untrusted.ts';

const magic = Buffer.from('AXF1', 'latin1');
/** Bytes before the header. */
const prefix = 8;
const limits = { header: 1 << 24, body: 2 ** 31 } as const;

/** Levels of a header. */
const deepest = 100;

/** NumPy's letter and size, the typed array, and how it is read from a buffer of its own. */
const types = {
  f8: { bytes: 8, read: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  f4: { bytes: 4, read: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  i4: { bytes: 4, read: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  u1: { bytes: 1, read: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
} as const;
type Letter = keyof typeof types;

export type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Numbers with a shape, row-major. */
export interface WireArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

export interface Message {
  readonly header: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, WireArray>>;
}

interface Listed {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What is not a message: the bytes that stand where one should begin. */
export class NoMessage extends Error {
  override readonly name = 'NoMessage';
}

function letterOf(data: Numbers): Letter {
  if (data instanceof Float64Array) return 'f8';
  if (data instanceof Float32Array) return 'f4';
  return data instanceof Int32Array ? 'i4' : 'u1';
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The pieces of a message, to be written one after the other. The arrays are not copied. */
export function packed({ header, arrays }: Message): Uint8Array[] {
  const entries = Object.entries(arrays);
  const listed = entries.map(([name, { shape, data }]): Listed => ({ name, dtype: letterOf(data), shape }));
  const text = Buffer.from(JSON.stringify({ ...header, arrays: listed }));
  const head = Buffer.alloc(prefix + text.length);
  magic.copy(head);
  head.writeUInt32LE(text.length, 4);
  text.copy(head, prefix);
  return [head, ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** Takes bytes as they come, and gives each message when it is whole. */
export class Unpacker {
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** Bytes that the message under way needs, as far as is known. */
  #needed = prefix;

  /** Whether bytes of a message are there that is not whole. */
  get isInside(): boolean {
    return this.#size > 0;
  }

  /**
   * @returns the messages that are whole now
   * @throws NoMessage with the text that stands where a message should
   */
  take(chunk: Uint8Array): Message[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const messages: Message[] = [];
    while (this.#size >= this.#needed) {
      const bytes = this.#whole();
      const message = this.#parse(bytes);
      if (!message) continue;
      messages.push(message);
      const rest = bytes.subarray(this.#needed);
      this.#chunks = [rest];
      this.#size = rest.length;
      this.#needed = prefix;
    }
    // rubbish shorter than a message must not wait for more of it
    const start = this.#chunks[0]?.subarray(0, magic.length) ?? magic;
    if (!magic.subarray(0, start.length).equals(start)) throw new NoMessage(this.#whole().toString('utf8'));
    return messages;
  }

  /** The chunks as one. */
  #whole(): Buffer {
    const [only] = this.#chunks;
    const one = this.#chunks.length === 1 && only;
    const bytes = one ? Buffer.from(one.buffer, one.byteOffset, one.length) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  /** @returns undefined when more bytes are needed, of which `#needed` says how many */
  #parse(bytes: Buffer): Message | undefined {
    if (!bytes.subarray(0, magic.length).equals(magic)) throw new NoMessage(bytes.toString('utf8'));
    const length = bytes.readUInt32LE(4);
    if (length > limits.header) throw new NoMessage(`a header of ${length} bytes`);
    if (bytes.length < prefix + length) {
      this.#needed = prefix + length;
      return undefined;
    }
    const header = headerOf(bytes.subarray(prefix, prefix + length));
    const listed = arraysOf(header);
    const body = listed.reduce((sum, { dtype, shape }) => sum + countOf(shape) * types[dtype as Letter].bytes, 0);
    if (!(body <= limits.body)) throw new NoMessage(`arrays of ${body} bytes`);
    this.#needed = prefix + length + body;
    if (bytes.length < this.#needed) return undefined;
    let at = prefix + length;
    const arrays = listed.map(({ name, dtype, shape }): [string, WireArray] => {
      const { bytes: size, read } = types[dtype as Letter];
      const end = at + countOf(shape) * size;
      // a copy, since typed arrays must begin at a multiple of their element's size
      const data = read(new Uint8Array(bytes.subarray(at, end)).buffer);
      at = end;
      return [name, { shape, data }];
    });
    const { arrays: _, ...rest } = header;
    return { header: rest, arrays: Object.fromEntries(arrays) };
  }
}

function headerOf(bytes: Buffer): Record<string, unknown> {
  try {
    const header = parseJson(bytes, deepest);
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return { ...header };
  } catch {
    // said below
  }
  throw new NoMessage(bytes.toString('utf8'));
}

function arraysOf({ arrays = [] }: Readonly<Record<string, unknown>>): Listed[] {
  const isLength = (length: unknown) => Number.isInteger(length) && (length as number) >= 0;
  const isListed = (entry: unknown): entry is Listed => {
    const { name, dtype, shape } = Object(entry) as Partial<Record<keyof Listed, unknown>>;
    const known = typeof dtype === 'string' && Object.hasOwn(types, dtype);
    return typeof name === 'string' && known && Array.isArray(shape) && shape.every(isLength);
  };
  if (Array.isArray(arrays) && arrays.every(isListed)) return arrays;
  throw new NoMessage(`arrays: ${quoted(arrays)}`);
}
