import { bfloat16, type ElementType, float16, float32, float64 } from './elements.ts';
import type { StateDict, Tensor } from './weights.ts';

const floats: Readonly<Record<string, ElementType>> = { F32: float32, F64: float64, F16: float16, BF16: bfloat16 };

/** Longest header that is read, in bytes: each tensor has some 100. */
const maxHeader = 16e6;

/** Whether a file begins as safetensors: the length of a JSON header, then the header. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0;
}

/**
 * Reads a safetensors file: header length (8 bytes, little-endian), JSON header {name: {dtype, shape, data_offsets}}, data.
 * Integer tensors are left out.
 * @throws Error when it is damaged
 */
export function readSafetensors(bytes: Uint8Array): StateDict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeader || 8 + length > bytes.length)
    throw new Error(`its header is cut or longer than ${maxHeader / 1e6} MB`);
  const start = 8 + length;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>;
  const state = new Map<string, Tensor>();
  let used = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = entry as { dtype?: string; shape?: number[]; data_offsets?: number[] };
    const counts = (values: unknown) =>
      Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);
    const [from, to] = offsets ?? [];
    if (!counts(shape) || !counts(offsets) || !(from! <= to!))
      throw new Error(`its tensor ${name} is described wrongly`);
    used += to! - from!;
    if (start + Math.max(to!, used) > bytes.length) throw new Error(`its tensor ${name} is cut or overlaps another`);
    const type = floats[dtype ?? ''];
    if (!type) continue;
    const size = shape!.reduce((product, dim) => product * dim, type.size);
    if (to! - from! !== size)
      throw new Error(`its tensor ${name} has ${to! - from!} bytes, its shape asks for ${size}`);
    state.set(name, { shape: shape!, data: type.decode(bytes.subarray(start + from!, start + to!)) });
  }
  if (start + used !== bytes.length) throw new Error('it is longer than its header says');
  if (state.size === 0) throw new Error('there is no float tensor in it');
  return state;
}
