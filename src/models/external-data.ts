import { dirname } from 'node:path';
import type { Type } from 'protobufjs';
import { digestOfFile } from '../util/digest.ts';
import { UserError } from '../util/errors.ts';
import { fileBelow, statUserFile } from '../util/files.ts';
import { quotable } from '../util/untrusted.ts';

/** A file beside an ONNX file that holds some of its weights. */
export interface ExternalFile {
  /** As the model names it, relative to its folder. */
  readonly location: string;
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
      return { location, sha256: await digestOfFile(target) };
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
  const ModelProto = await modelType();
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
    if (typeof message !== 'object' || message === null) continue;
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

let cached: Type | undefined;

/** The parts of onnx.proto3 on the way to a tensor, with its field numbers; the decoder skips all others. */
async function modelType(): Promise<Type> {
  if (cached) return cached;
  const { default: protobuf } = await import('protobufjs');
  const field = (id: number, type: string) => ({ id, type });
  const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });
  const root = protobuf.Root.fromJSON({
    nested: {
      Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
      Tensor: { fields: { externalData: repeated(13, 'Entry'), dataLocation: field(14, 'int32') } },
      SparseTensor: { fields: { values: field(1, 'Tensor'), indices: field(2, 'Tensor') } },
      Attribute: {
        fields: {
          t: field(5, 'Tensor'),
          g: field(6, 'Graph'),
          tensors: repeated(10, 'Tensor'),
          graphs: repeated(11, 'Graph'),
          sparseTensor: field(22, 'SparseTensor'),
          sparseTensors: repeated(23, 'SparseTensor'),
        },
      },
      Node: { fields: { attribute: repeated(5, 'Attribute') } },
      Graph: {
        fields: {
          node: repeated(1, 'Node'),
          initializer: repeated(5, 'Tensor'),
          sparseInitializer: repeated(15, 'SparseTensor'),
        },
      },
      Function: { fields: { node: repeated(7, 'Node') } },
      Model: { fields: { graph: field(7, 'Graph'), functions: repeated(25, 'Function') } },
    },
  });
  cached = root.lookupType('Model');
  return cached;
}
