import { parseJson } from '../../util/untrusted.ts';
import { bfloat16, type ElementType, float16, float32, float64 } from './elements.ts';
import type { StateDict, Tensor } from './weights.ts';

const floats: Readonly<Record<string, ElementType>> = { F32: float32, F64: float64, F16: float16, BF16: bfloat16 };

/** Longest header that is read, in bytes: each tensor has some 100. */
const maxHeader = 2e6;

/** {name: {shape: []}} */
const deepest = 3;

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
  const header = parseJson(bytes.subarray(8, start), deepest);
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('its header is no object');
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => describedTensor(name, entry));
  checkTiling(tensors, bytes.length - start);
  const state = new Map<string, Tensor>();
  for (const { name, type, shape, from, to } of tensors) {
    if (type) state.set(name, { shape, data: type.decode(bytes.subarray(start + from, start + to)) });
  }
  if (state.size === 0) throw new Error('there is no float tensor in it');
  return state;
}

interface DescribedTensor {
  readonly name: string;
  /** Undefined for integers. */
  readonly type: ElementType | undefined;
  readonly shape: readonly number[];
  /** First byte, and the one after the last, of the data. */
  readonly from: number;
  readonly to: number;
}

/** @throws Error when an entry of the header describes no tensor */
function describedTensor(name: string, entry: unknown): DescribedTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new Error(`its tensor ${name} is described wrongly`);
  const [from, to] = offsets as [number, number];
  if (from > to) throw new Error(`its tensor ${name} is described wrongly`);
  const type = Object.hasOwn(floats, dtype) ? floats[dtype] : undefined;
  const size = shape.reduce((product, dim) => product * dim, type?.size ?? 0);
  if (type && to - from !== size)
    throw new Error(`its tensor ${name} has ${to - from} bytes, its shape asks for ${size}`);
  return { name, type, shape, from, to };
}

function isCounts(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);
}

/** @throws Error when the tensors do not lie side by side from the first byte of the data to the last, as the format asks */
function checkTiling(tensors: readonly DescribedTensor[], bytes: number): void {
  let end = 0;
  for (const { name, from, to } of [...tensors].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end) throw new Error(`its tensor ${name} overlaps another`);
    if (from > end) throw new Error(`nothing describes its bytes ${end} to ${from}`);
    if (to > bytes) throw new Error(`its tensor ${name} is cut`);
    end = to;
  }
  if (end !== bytes) throw new Error('it is longer than its header says');
}
