/** How a pickle's names and references become values. */
export interface PickleContext {
  /** The value of a global such as `torch.FloatStorage`; functions take their arguments as an array. @throws Error for all others */
  readonly global: (name: string) => unknown;
  /** The value that a persistent id stands for. @throws Error when it stands for none */
  readonly persistent: (id: unknown) => unknown;
}

/** Longest pickle that is read, in bytes: that of a state dict has some 150 for each tensor. */
const longest = 16e6;

/**
 * Reads one pickle (Python's `pickletools` describes the format): dictionaries as Map, lists and tuples as arrays, numbers,
 * texts, and what the context makes of names. Only the operations that `torch.save` writes are known. Time and memory grow
 * with the length of the pickle and with nothing that is written in it.
 * @returns the value, and the number of bytes read
 * @throws Error when it is damaged or uses another operation
 */
export function readPickle(
  bytes: Uint8Array,
  { global, persistent }: PickleContext,
): { value: unknown; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const memo = new Map<number, unknown>();
  /** Stacks that a mark put aside. */
  const below: unknown[][] = [];
  let stack: unknown[] = [];
  let at = 0;

  /** Where the next `count` bytes begin. */
  const skip = (count: number): number => {
    if (at + count > bytes.length) throw new Error('its pickle is cut');
    if (at + count > longest) throw new Error(`its pickle is longer than ${longest / 1e6} MB`);
    at += count;
    return at - count;
  };
  const byte = () => bytes[skip(1)]!;
  const uint32 = () => view.getUint32(skip(4), true);
  const text = (length: number) => {
    const from = skip(length);
    return new TextDecoder().decode(bytes.subarray(from, from + length));
  };
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    const value = text(end < 0 ? bytes.length : end - at);
    skip(1);
    return value;
  };
  const damaged = (): never => {
    throw new Error('its pickle is damaged');
  };
  const pop = () => (stack.length > 0 ? stack.pop() : damaged());
  const top = () => (stack.length > 0 ? stack[stack.length - 1] : damaged());
  /** What was pushed since the last mark. */
  const marked = (): unknown[] => {
    const items = stack;
    stack = below.pop() ?? damaged();
    return items;
  };
  const last = (count: number): unknown[] => (stack.length >= count ? stack.splice(-count) : damaged());
  const recall = (index: number) => (memo.has(index) ? memo.get(index) : damaged());
  const append = (items: readonly unknown[]) => {
    const list = top();
    if (!Array.isArray(list)) return damaged();
    for (const item of items) list.push(item);
  };
  const setItems = (items: readonly unknown[]) => {
    const dictionary = top();
    if (!(dictionary instanceof Map) || items.length % 2 > 0) return damaged();
    for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
  };
  const name = ([module, own]: readonly unknown[]) =>
    typeof module === 'string' && typeof own === 'string' ? global(`${module}.${own}`) : damaged();

  for (;;) {
    const code = byte();
    const operation = String.fromCharCode(code);
    // biome-ignore format: one operation a line
    switch (operation) {
      case '\x80': skip(1); break; // PROTO
      case '\x95': skip(8); break; // FRAME
      case '.': return { value: pop(), length: at };
      case '(': below.push(stack); stack = []; break;
      case '0': pop(); break;
      case 'q': memo.set(byte(), top()); break;
      case 'r': memo.set(uint32(), top()); break;
      case '\x94': memo.set(memo.size, top()); break; // MEMOIZE
      case 'h': stack.push(recall(byte())); break;
      case 'j': stack.push(recall(uint32())); break;
      case 'N': stack.push(null); break;
      case '\x88': stack.push(true); break;
      case '\x89': stack.push(false); break;
      case 'K': stack.push(byte()); break;
      case 'M': stack.push(view.getUint16(skip(2), true)); break;
      case 'J': stack.push(view.getInt32(skip(4), true)); break;
      case '\x8a': { // LONG1: two's complement, least significant byte first
        const length = byte();
        const digits = bytes.subarray(skip(length), at);
        const value = digits.reduceRight((sum, digit) => sum * 256n + BigInt(digit), 0n);
        stack.push(Number(BigInt.asIntN(8 * length, value)));
        break;
      }
      case 'G': stack.push(view.getFloat64(skip(8))); break;
      case 'X': case 'T': stack.push(text(uint32())); break;
      case '\x8c': case 'U': stack.push(text(byte())); break;
      case ')': case ']': stack.push([]); break;
      case '\x85': case '\x86': case '\x87': stack.push(last(code - 0x84)); break; // TUPLE1, 2, 3
      case 't': { const items = marked(); stack.push(items); break; }
      case 'a': append(last(1)); break;
      case 'e': append(marked()); break;
      case '}': stack.push(new Map()); break;
      case 's': setItems(last(2)); break;
      case 'u': setItems(marked()); break;
      case 'c': stack.push(name([line(), line()])); break;
      case '\x93': stack.push(name(last(2))); break; // STACK_GLOBAL
      case 'i': name([line(), line()]); return damaged(); // INST: the classes that it makes are none of ours
      case 'Q': stack.push(persistent(pop())); break;
      case 'R': {
        const [call, parameters] = last(2);
        if (typeof call !== 'function' || !Array.isArray(parameters)) return damaged();
        stack.push(call(parameters));
        break;
      }
      case 'b': pop(); top(); break; // BUILD: attributes such as the _metadata of a state dict, which nobody needs
      default: throw new Error(`its pickle has the operation 0x${code.toString(16)}, which torch.save does not write`);
    }
  }
}
