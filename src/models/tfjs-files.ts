import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UserError } from '../util/errors.ts';
import { fileBelow, readUserFile, statUserFile } from '../util/files.ts';
import { parseJson, quotable } from '../util/untrusted.ts';
import type { StateDict } from './import/weights.ts';
import { prepareTopology } from './tfjs-topology.ts';

const weightSchema = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.string(),
  quantization: z.looseObject({ dtype: z.string().optional() }).optional(),
});
type WeightSpec = z.infer<typeof weightSchema>;

const modelSchema = z.looseObject({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
});

/** Deepest nesting of model.json that is read: a layer that is a model has its layers four levels further down. */
const deepest = 200;

/**
 * model.json and its weights, joined in the manifest's order.
 * @throws UserError when a file is missing, outside the model's folder, or not what it should be; the weights must be as many
 *   bytes as the manifest describes
 */
export async function readTfjsFiles(path: string) {
  const text = await readUserFile(path, 'model');
  const { modelTopology, weightsManifest } = parseModel(text, path);
  const topology = structuredClone(modelTopology);
  prepareTopology(topology, path);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const twice = weightSpecs.map(({ name }) => name).find((name, i, names) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`model ${path} describes its weight ${quotable(twice)} twice`);
  const files = weightsManifest
    .flatMap((group) => group.paths)
    .map((file) => {
      const target = fileBelow(dirname(path), file);
      if (target === undefined)
        throw new UserError(`model ${path} names a weight file outside its folder: ${quotable(file)}`);
      return target;
    });
  const what = `weight file of ${path}:`;
  // before they are read: a list may name one file a million times
  const sizes = new Map<string, number>();
  for (const file of new Set(files)) sizes.set(file, (await statUserFile(file, what)).size);
  const bytes = files.reduce((sum, file) => sum + sizes.get(file)!, 0);
  checkSize(bytes, weightSpecs, path);
  const weights = new Uint8Array(bytes);
  let offset = 0;
  for (const file of files) {
    const part = await readUserFile(file, what);
    if (offset + part.length > bytes) throw new UserError(`${what} ${file} changes while it is read`);
    weights.set(part, offset);
    offset += part.length;
  }
  return {
    topology,
    graph: 'node' in topology,
    weightSpecs,
    weights,
    sha256: createHash('sha256').update(text).update(weights).digest('hex'),
  };
}

function parseModel(text: Buffer, path: string): z.output<typeof modelSchema> {
  let json: unknown;
  try {
    json = parseJson(text, deepest);
  } catch (error) {
    throw new UserError(`model ${path} cannot be read: ${(error as Error).message}`);
  }
  const parsed = modelSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw new UserError(`model ${path} is not a TensorFlow.js model.json: ${place.join('.')}: ${message}`);
}

/** Bytes of a number of each type in a weight file. Texts have no fixed size. */
const bytesOfType = new Map(
  Object.entries({ float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2, uint8: 1, uint16: 2 }),
);

/** @throws UserError when there are other bytes than the manifest describes */
function checkSize(bytes: number, specs: readonly WeightSpec[], path: string): void {
  if (specs.some(({ dtype }) => dtype === 'string')) return;
  let needed = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    const type = quantization?.dtype ?? dtype;
    const size = bytesOfType.get(type);
    if (size === undefined)
      throw new UserError(`model ${path}: its weight ${quotable(name)} is of an unknown type, ${quotable(type)}`);
    needed += shape.reduce((product, dim) => product * dim, size);
  }
  if (bytes === needed) return;
  throw new UserError(`model ${path} cannot be loaded: its weight files have ${bytes} bytes, it describes ${needed}`);
}

/**
 * The tensors of a model whose weights are all plain float32.
 * @throws UserError when one is of another type
 */
export function tfjsTensors(files: { weightSpecs: readonly WeightSpec[]; weights: Uint8Array }): StateDict {
  const all = new Float32Array(files.weights.buffer, files.weights.byteOffset, files.weights.byteLength >> 2);
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of files.weightSpecs) {
    if (dtype !== 'float32' || quantization) throw new UserError(`weight ${name} is not plain float32`);
    const size = shape.reduce((product, dim) => product * dim, 1);
    state.set(name, { shape, data: all.subarray(at, at + size) });
    at += size;
  }
  return state;
}
