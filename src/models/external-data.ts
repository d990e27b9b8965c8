import { dirname } from 'node:path';
import { digestOfFile } from '../util/digest.ts';
import { UserError } from '../util/errors.ts';
import { fileBelow, statUserFile } from '../util/files.ts';
import { quotable } from '../util/untrusted.ts';
import { onnxModelType } from './onnx-messages.ts';

/** A file beside an ONNX file that holds some of its weights. */
export interface ExternalFile {
  readonly path: string;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

/**
 * The files that hold weights of an ONNX model outside of it (`TensorProto.data_location` EXTERNAL, onnx.proto3).
 * @param bytes of the model; where they are no ONNX at all, there are none: ONNX Runtime says what is wrong
 * @param path of the model
 * @throws UserError that names a file which is missing, cut, or outside the model's folder
 */
export async function externalFiles(bytes: Buffer, path: string): Promise<ExternalFile[]> {
  // most models have none: no need to decode them
  if (!bytes.includes('location')) return [];
  const ends = new Map<string, number>();
  for (const { location, end } of await externalTensors(bytes)) {
    ends.set(location, Math.max(end, ends.get(location) ?? 0));
  }
  return Promise.all(
    [...ends].map(async ([location, end]) => {
      const target = fileBelow(dirname(path), location);
      if (target === undefined) {
        throw new UserError(`model ${path} names a weight file outside its folder: ${quotable(location)}`);
      }
      const { size } = await statUserFile(target, `weight file of model ${path}:`);
      if (size < end) {
        throw new UserError(
          `weight file of model ${path}: ${target} is cut: it has ${size} bytes, the model reads ${end}`,
        );
      }
      return { path: target, sha256: await digestOfFile(target) };
    }),
  );
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

const external = 1;

/** Every external tensor of a model, wherever it stands: where it lies and the end of its bytes, 0 when it is not given. */
async function externalTensors(bytes: Buffer): Promise<{ location: string; end: number }[]> {
  const ModelProto = await onnxModelType();
  let model: unknown;
  try {
    model = ModelProto.decode(bytes);
  } catch {
    return [];
  }
  const found: { location: string; end: number }[] = [];
  // all messages are looked through, since tensors stand in graphs, in attributes of their nodes and in graphs inside them
  const pending: unknown[] = [model];
  while (pending.length > 0) {
    const message = pending.pop();
    if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) continue;
    if ('dataLocation' in message && message.dataLocation === external && 'externalData' in message) {
      const entries = new Map((message.externalData as Entry[]).map(({ key, value }) => [key, value]));
      const [offset = '0', length] = ['offset', 'length'].map((key) => entries.get(key));
      const end = length === undefined ? 0 : Number(offset) + Number(length);
      found.push({ location: entries.get('location') ?? '', end: Number.isFinite(end) ? end : 0 });
    }
    for (const value of Object.values(message)) {
      if (typeof value === 'object') pending.push(...(Array.isArray(value) ? value : [value]));
    }
  }
  return found.reverse();
}
