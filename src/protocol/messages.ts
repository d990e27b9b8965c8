/**
 * The Open Inference Protocol (KServe v2) over HTTP, as far as models of one input and one output need it: JSON, and the binary
 * tensor extension, where a body is a JSON part and the raw tensors behind it. What crosses the wire, without a wire.
 */

import { parseJson } from '../util/untrusted.ts';

/** Says how long the JSON part of a body is; the rest is raw tensors. */
export const headerLength = 'inference-header-content-length';

export const binaryExtension = 'binary_tensor_data';

/** A message that is not what the protocol says. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** A body as it is sent. */
export interface WireBody {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A tensor of single-precision numbers. */
export interface FloatTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface TensorMessage {
  readonly name?: unknown;
  readonly shape?: unknown;
  readonly datatype?: unknown;
  readonly data?: unknown;
  readonly parameters?: { readonly binary_data_size?: unknown };
}

/** Bytes of numbers, least byte first, as the protocol has them. */
function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * A body with one tensor.
 * @param key `inputs` or `outputs`. @param message what else is in the JSON part
 */
export function tensorBody(
  key: 'inputs' | 'outputs',
  { name, shape, values }: FloatTensor,
  message: object,
  binary: boolean,
): WireBody {
  const tensor = { name, shape, datatype: 'FP32' };
  if (!binary) {
    // JSON has no NaN and no infinity
    const data = Array.from(values, (value) => (Number.isFinite(value) ? value : null));
    return jsonBody({ ...message, [key]: [{ ...tensor, data }] });
  }
  const raw = bytesOf(values);
  const head = Buffer.from(
    JSON.stringify({ ...message, [key]: [{ ...tensor, parameters: { binary_data_size: raw.length } }] }),
  );
  return {
    body: Buffer.concat([head, raw]),
    headers: { 'content-type': 'application/octet-stream', [headerLength]: String(head.length) },
  };
}

export function jsonBody(message: object): WireBody {
  return { body: Buffer.from(JSON.stringify(message)), headers: { 'content-type': 'application/json' } };
}

/** Levels of a message: a tensor's numbers may be nested as deep as it has axes. */
const deepest = 64;

/**
 * The JSON part of a body and the raw bytes behind it.
 * @param length value of the header, where there is one
 * @throws ProtocolError
 */
export function splitBody(body: Buffer, length: string | undefined): { message: Record<string, unknown>; raw: Buffer } {
  const end = length === undefined ? body.length : /^\d+$/.test(length) ? Number(length) : Number.NaN;
  if (!(end <= body.length))
    throw new ProtocolError(`Inference-Header-Content-Length ${length} is not within the body of ${body.length} bytes`);
  let message: unknown;
  try {
    message = parseJson(body.subarray(0, end), deepest);
  } catch (error) {
    throw new ProtocolError(`the message cannot be read: ${(error as Error).message}`);
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new ProtocolError('the message is no JSON object');
  return { message: { ...message }, raw: body.subarray(end) };
}

/**
 * A tensor of a message. Raw tensors stand behind the JSON in the order of the list.
 * @param list `inputs` or `outputs` of the message. @param wanted name; the only one where absent
 * @throws ProtocolError for none, another type, or numbers that do not fill the shape
 */
export function readTensor(list: unknown, raw: Buffer, what: 'input' | 'output', wanted?: string): FloatTensor {
  if (!Array.isArray(list)) throw new ProtocolError(`no ${what}s`);
  const tensors = list.map((entry): TensorMessage => (typeof entry === 'object' && entry !== null ? entry : {}));
  if (wanted === undefined && tensors.length !== 1) throw new ProtocolError(`${tensors.length} ${what}s, expected one`);
  const rawBytes = tensors.reduce((sum, tensor) => sum + bytesOfRaw(tensor), 0);
  if (rawBytes < raw.length)
    throw new ProtocolError(`${raw.length} bytes follow the JSON part; its ${what}s have ${rawBytes}`);
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape, datatype, data, parameters } = tensor;
    const size = parameters?.binary_data_size;
    const [from, bytes] = [offset, bytesOfRaw(tensor)];
    offset += bytes;
    if (typeof name !== 'string') throw new ProtocolError(`${what} without a name`);
    if (wanted !== undefined && name !== wanted) continue;
    if (datatype !== 'FP32') throw new ProtocolError(`${what} ${name}: datatype ${datatype}, expected FP32`);
    if (!Array.isArray(shape) || !shape.every((dim) => Number.isInteger(dim) && dim >= 0))
      throw new ProtocolError(`${what} ${name}: shape ${JSON.stringify(shape)} is no list of whole numbers`);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const values = size === undefined ? numbersOf(data) : floatsOf(raw.subarray(from, from + bytes));
    const given = size === undefined ? `${values.length} numbers` : `${Math.min(bytes, raw.length - from)} bytes`;
    if (values.length !== count) throw new ProtocolError(`${what} ${name}: ${given} for shape [${shape}]`);
    return { name, shape, values };
  }
  throw new ProtocolError(`no ${what} ${wanted}`);
}

/** Raw bytes of a tensor behind the JSON part. */
function bytesOfRaw({ parameters }: TensorMessage): number {
  const size = parameters?.binary_data_size;
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 ? size : 0;
}

/** Flat or nested lists: both are allowed. What is no number becomes NaN. */
function numbersOf(data: unknown): Float32Array {
  const flat = Array.isArray(data) ? data.flat(Number.POSITIVE_INFINITY) : [];
  return Float32Array.from(flat, (value) => (typeof value === 'number' ? value : Number.NaN));
}

function floatsOf(bytes: Buffer): Float32Array {
  if (bytes.length % 4 !== 0) return new Float32Array(0);
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
