import { readTorchPickle, type StorageReference, TensorReference } from './torch-pickle.ts';
import type { StateDict, Tensor } from './weights.ts';
import { readZip } from './zip.ts';

/** First bytes of a file that `torch.save` wrote before PyTorch 1.6: a pickle of its magic number. */
const legacyMagic = Uint8Array.from([
  0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
]);

/** Whether a file begins as one that `torch.save` wrote: a zip archive, or the older chain of pickles. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x50 && bytes[1] === 0x4b) || startsWith(bytes, legacyMagic);
}

/**
 * Reads the state dict of a file that `torch.save` wrote. It may stand below the key `state_dict`, and its names may all
 * begin with `module.` (DataParallel).
 * @throws Error when the file is damaged, names foreign globals, or holds no state dict
 */
export function readTorchFile(bytes: Uint8Array): StateDict {
  const { value, storage } = startsWith(bytes, legacyMagic) ? readLegacy(bytes) : readArchive(bytes);
  const nested = value instanceof Map && value.get('state_dict');
  const dict = nested instanceof Map ? nested : value;
  if (!(dict instanceof Map)) throw new Error('it holds no state dict');
  const tensors = [...dict].filter((pair): pair is [string, TensorReference] => pair[1] instanceof TensorReference);
  if (tensors.length === 0) throw new Error('it holds no state dict: there is no tensor in it');
  const parallel = tensors.every(([name]) => name.startsWith('module.'));
  const state = new Map<string, Tensor>();
  // several tensors may be views of one storage, but honest ones do not outgrow the file by it
  let elements = 0;
  for (const [name, reference] of tensors) {
    elements += Math.max(sizeOf(reference.shape), reachOf(reference));
    if (elements > bytes.length) throw new Error('its tensors are far larger than the file');
    const tensor = materialise(reference, storage);
    if (tensor) state.set(parallel ? name.slice('module.'.length) : name, tensor);
  }
  return state;
}

type StorageBytes = (reference: StorageReference) => Uint8Array;

function readArchive(bytes: Uint8Array): { value: unknown; storage: StorageBytes } {
  const entries = new Map(readZip(bytes).map((entry) => [entry.name, entry]));
  const pickle = [...entries.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickle === undefined) throw new Error('it has no data.pkl: torch.save did not write it');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && new TextDecoder().decode(byteOrder.read()) !== 'little')
    throw new Error('its numbers are big-endian');
  const storages = new Map<string, Uint8Array>(); // the CRC-32 of each is computed once
  return {
    value: readTorchPickle(entries.get(pickle)!.read()).value,
    storage({ key, type, count }) {
      const data = storages.get(key) ?? entries.get(`${folder}data/${key}`)?.read();
      if (!data) throw new Error(`its storage ${key} is missing`);
      storages.set(key, data);
      if (data.length < type.size * count) throw new Error(`its storage ${key} is cut`);
      return data;
    },
  };
}

/** Magic number, protocol version, system information, the value, the storage keys; then of each storage count and bytes. */
function readLegacy(bytes: Uint8Array): { value: unknown; storage: StorageBytes } {
  let at = legacyMagic.length;
  const nextPickle = () => {
    const pickle = readTorchPickle(bytes.subarray(at));
    at += pickle.length;
    return pickle;
  };
  const next = () => nextPickle().value;
  if (next() !== 1001) throw new Error('its protocol is not 1001');
  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true) throw new Error('its numbers are big-endian');
  const { value, storages: named } = nextPickle();
  const keys = next();
  const references = new Map(named.map((storage) => [storage.key, storage]));
  if (!Array.isArray(keys) || keys.length !== references.size) throw new Error('its list of storages is wrong');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys as unknown[]) {
    const storage = references.get(key as string);
    if (!storage) throw new Error('its list of storages is wrong');
    const length = storage.count * storage.type.size;
    const cut = at + 8 + length > bytes.length;
    if (cut || view.getBigInt64(at, true) !== BigInt(storage.count))
      throw new Error(`its storage ${storage.key} is cut`);
    storages.set(storage.key, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { value, storage: ({ key }) => storages.get(key)! };
}

/** The numbers of a view in row-major order; undefined for integers. */
function materialise(reference: TensorReference, storageBytes: StorageBytes): Tensor | undefined {
  const { storage, offset, shape, stride } = reference;
  const type = storage.type.float;
  if (!type) return undefined;
  const size = sizeOf(shape);
  const end = offset + reachOf(reference);
  const bytes = storageBytes(storage);
  if (size > storage.count || (size > 0 && end * type.size > bytes.length)) {
    throw new Error('a tensor in it reaches beyond its storage');
  }
  const contiguous = rowMajor(shape).every((step, axis) => shape[axis] === 1 || step === stride[axis]);
  if (contiguous) {
    return { shape, data: type.decode(bytes.subarray(offset * type.size, (offset + size) * type.size)) };
  }
  const all = type.decode(bytes.subarray(offset * type.size, end * type.size));
  const steps = rowMajor(shape);
  const data = Float32Array.from({ length: size }, (_, i) => {
    let from = 0;
    for (const [axis, step] of steps.entries()) from += (Math.floor(i / step) % shape[axis]!) * stride[axis]!;
    return all[from]!;
  });
  return { shape, data };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Number of elements from the first of a view to its last. */
function reachOf({ shape, stride }: TensorReference): number {
  return shape.reduce((sum, dim, axis) => sum + (dim - 1) * stride[axis]!, 1);
}

/** Strides of a row-major array. */
function rowMajor(shape: readonly number[]): number[] {
  const steps = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) steps[axis] = steps[axis + 1]! * shape[axis + 1]!;
  return steps;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
