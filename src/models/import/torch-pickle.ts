import { bfloat16, type ElementType, float16, float32, float64 } from './elements.ts';
import { readPickle } from './pickle.ts';

/** A tensor's storage as the pickle names it; its bytes come from elsewhere in the file. */
export class StorageReference {
  readonly key: string;
  readonly type: StorageType;
  /** Number of elements. */
  readonly count: number;

  constructor(key: string, type: StorageType, count: number) {
    this.key = key;
    this.type = type;
    this.count = count;
  }
}

/** A view of a storage. */
export class TensorReference {
  readonly storage: StorageReference;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];

  constructor(storage: StorageReference, offset: number, shape: readonly number[], stride: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.stride = stride;
  }
}

class StorageType {
  /** Undefined for integers and booleans. */
  readonly float: ElementType | undefined;
  /** Bytes of an element. */
  readonly size: number;

  constructor(float: ElementType | undefined, size = float?.size ?? 1) {
    this.float = float;
    this.size = size;
  }
}

const storageTypes: Readonly<Record<string, StorageType>> = {
  FloatStorage: new StorageType(float32),
  DoubleStorage: new StorageType(float64),
  HalfStorage: new StorageType(float16),
  BFloat16Storage: new StorageType(bfloat16),
  LongStorage: new StorageType(undefined, 8),
  IntStorage: new StorageType(undefined, 4),
  ShortStorage: new StorageType(undefined, 2),
  CharStorage: new StorageType(undefined, 1),
  ByteStorage: new StorageType(undefined, 1),
  BoolStorage: new StorageType(undefined, 1),
};

/** Everything that a pickle may name; none of these does more than build a value. Functions take an array of arguments. */
const globals = new Map<string, unknown>([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', ([tensor]: readonly unknown[]) => tensor],
  ...Object.entries(storageTypes).flatMap(([name, type]): [string, unknown][] => [
    [`torch.${name}`, type],
    [`torch.cuda.${name}`, type],
  ]),
]);

function orderedDict([pairs = []]: readonly unknown[]): Map<unknown, unknown> {
  const isPair = (pair: unknown): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new Error('a dictionary in it is described wrongly');
  return new Map(pairs);
}

function rebuildTensor([storage, offset, shape, stride]: readonly unknown[]): TensorReference {
  const counts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
  const whole = storage instanceof StorageReference && counts([offset]) && counts(shape) && counts(stride);
  if (!whole || shape.length !== stride.length) {
    throw new Error('a tensor in it is described wrongly');
  }
  return new TensorReference(storage, offset as number, [...shape], [...stride]);
}

/**
 * Reads one pickle of PyTorch: dictionaries, lists, numbers, texts and tensor references are built, nothing is executed.
 * @returns the value, the storages that it refers to, and the number of bytes read
 * @throws Error when it names a global outside the list above (named in the message), or is damaged
 */
export function readTorchPickle(bytes: Uint8Array) {
  const storages: StorageReference[] = [];
  const { value, length } = readPickle(bytes, {
    global(name) {
      if (!globals.has(name)) throw new Error(`it names ${name}, which no state dict needs; nothing of it was run`);
      return globals.get(name);
    },
    persistent(id) {
      const storage = storageReference(id);
      storages.push(storage);
      return storage;
    },
  });
  return { value, storages, length };
}

/** `('storage', type, key, location, number of elements)`, and in old files, for a view of a storage, what it is a view of. */
function storageReference(id: unknown): StorageReference {
  const [kind, type, key, , count, viewOf = null] = Array.isArray(id) ? id : [];
  const counted = Number.isSafeInteger(count) && count >= 0;
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !counted || viewOf !== null) {
    throw new Error('it refers to something other than a tensor storage');
  }
  return new StorageReference(key, type, count);
}
