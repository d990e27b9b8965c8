import { createHash } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import { UserError } from '../util/errors.ts';
import { readUserFile } from '../util/files.ts';
import type { StateDict } from './import/weights.ts';

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: unknown;
}

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/** model.json and its weights, joined in the manifest's order. */
export async function readTfjsFiles(path: string) {
  const text = await readUserFile(path, 'model');
  let json: { modelTopology?: Record<string, unknown>; weightsManifest?: WeightGroup[] };
  try {
    json = JSON.parse(text.toString());
  } catch (error) {
    throw new UserError(`model ${path} is not JSON: ${(error as Error).message}`);
  }
  const { modelTopology, weightsManifest } = json;
  if (!modelTopology || !Array.isArray(weightsManifest)) {
    throw new UserError(`model ${path} is not a TensorFlow.js model.json: no modelTopology and weightsManifest`);
  }
  const folder = dirname(resolve(path));
  const parts: Buffer[] = [];
  for (const file of weightsManifest.flatMap((group) => group.paths)) {
    const target = resolve(folder, file);
    if (relative(folder, target).startsWith('..'))
      throw new UserError(`model ${path} names a weight file outside its folder: ${file}`);
    parts.push(await readUserFile(target, `weight file of ${path}:`));
  }
  const weights = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    weights.set(part, offset);
    offset += part.length;
  }
  return {
    topology: withoutSoftmax(modelTopology),
    graph: 'node' in modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weights,
    sha256: createHash('sha256').update(text).update(weights).digest('hex'),
  };
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

interface Layer {
  class_name: string;
  config: { activation?: string };
}

/** The topology with the activation of its last layer (but for reshapes) linear, when that is softmax. */
function withoutSoftmax(topology: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(topology);
  // Keras wraps {class_name, config} in model_config, TensorFlow.js does not
  const { config } = (copy.model_config ?? copy) as { config?: { layers?: Layer[] } | Layer[] };
  const layers = Array.isArray(config) ? config : (config?.layers ?? []);
  const last = layers.findLast((layer) => !['Reshape', 'Flatten', 'Dropout'].includes(layer.class_name));
  if (last?.config.activation === 'softmax') last.config.activation = 'linear';
  return copy;
}
