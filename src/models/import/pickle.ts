import { BufferReader, Parser } from 'pickleparser';
import { bfloat16, type ElementType, float16, float32, float64 } from './elements.ts';

/** A tensor's storage as the pickle names it; its bytes come from elsewhere in the file. */
export interface StorageReference {
  readonly key: string;
  /** Undefined for integers and booleans. */
  readonly type: ElementType | undefined;
  /** Bytes of an element. */
  readonly size: number;
  /** Number of elements. */
  readonly count: number;
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
  readonly type: ElementType | undefined;
  readonly size: number;

  constructor(type: ElementType | undefined, size = type?.size ?? 1) {
    this.type = type;
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

/** Everything that a pickle may name; whatever else it names is refused, and none of these does more than build a value. */
const globals = new Map<string, unknown>([
  ['collections.OrderedDict', (pairs: Iterable<[unknown, unknown]> = []) => new Map(pairs)],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', (tensor: unknown) => tensor],
  ...Object.entries(storageTypes).flatMap(([name, type]): [string, unknown][] => [
    [`torch.${name}`, type],
    [`torch.cuda.${name}`, type],
  ]),
]);

function rebuildTensor(storage: unknown, offset: unknown, shape: unknown, stride: unknown): TensorReference {
  const counts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
  const { key, count } = storage as Partial<StorageReference>;
  if (key === undefined || count === undefined || !counts([offset]) || !counts(shape) || !counts(stride)) {
    throw new Error('a tensor in it is described wrongly');
  }
  return new TensorReference(storage as StorageReference, offset as unknown as number, shape, stride);
}

/**
 * Reads one pickle of PyTorch: dictionaries, lists, numbers, texts and tensor references are built, nothing is executed.
 * @returns the value, and the number of bytes read
 * @throws Error when it names a global outside the list above (named in the message), or is damaged
 */
export function readPickle(bytes: Uint8Array): { value: unknown; length: number } {
  const reader = new BufferReader(bytes);
  const parser = new Parser({
    unpicklingTypeOfDictionary: 'Map',
    nameResolver: {
      resolve(module, name) {
        const full = `${module}.${name}`;
        if (!globals.has(full)) throw new Error(`it names ${full}, which no state dict needs; nothing of it was run`);
        return globals.get(full) as () => unknown;
      },
    },
    persistentResolver: { resolve: (id: unknown) => storageReference(id) },
    extensionResolver: {
      resolve(code) {
        throw new Error(`it uses extension ${code}, which no state dict needs`);
      },
    },
  });
  return { value: parser.read(reader), length: reader.position };
}

/** `('storage', type, key, location, number of elements)`. */
function storageReference(id: unknown): StorageReference {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !Number.isSafeInteger(count)) {
    throw new Error('it refers to something other than a tensor storage');
  }
  return { key, type: type.type, size: type.size, count };
}
