import { createHash } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../util/errors.ts';
import { readUserFile } from '../util/files.ts';
import type { StateDict } from './import/weights.ts';

const weightSchema = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.string(),
  quantization: z.unknown().optional(),
});
type WeightSpec = z.infer<typeof weightSchema>;

const modelSchema = z.looseObject({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
});

/** model.json and its weights, joined in the manifest's order. */
export async function readTfjsFiles(path: string) {
  const text = await readUserFile(path, 'model');
  let json: unknown;
  try {
    json = JSON.parse(text.toString());
  } catch (error) {
    throw new UserError(`model ${path} is not JSON: ${(error as Error).message}`);
  }
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success) {
    const { path: place, message } = parsed.error.issues[0]!;
    throw new UserError(`model ${path} is not a TensorFlow.js model.json: ${place.join('.')}: ${message}`);
  }
  const { modelTopology, weightsManifest } = parsed.data;
  const topology = structuredClone(modelTopology);
  const layers = layersOf(topology);
  checkInputs(layers, path);
  removeSoftmax(layers);
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
    topology,
    graph: 'node' in topology,
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
  readonly name?: unknown;
  readonly class_name?: unknown;
  readonly config?: { activation?: unknown; layers?: unknown };
  /** One list for each call of the layer, of [name of a layer, number of its call, number of its output, options]. */
  readonly inbound_nodes?: unknown;
}

/** The layers of a topology; none of a graph model. */
function layersOf(topology: Record<string, unknown>): Layer[] {
  // Keras wraps {class_name, config} in model_config, TensorFlow.js does not
  const { config } = (topology.model_config ?? topology) as { config?: { layers?: unknown } };
  return isLayers(config) ? config : isLayers(config?.layers) ? config.layers : [];
}

function isLayers(value: unknown): value is Layer[] {
  return Array.isArray(value) && value.every((layer) => typeof layer === 'object' && layer !== null);
}

/**
 * Checks that the calls of layers can be put into an order: TensorFlow.js looks for an input that no layer gives for ever.
 * @throws UserError that names the first layer whose input is missing
 */
function checkInputs(layers: readonly Layer[], path: string): void {
  const calls = new Map<unknown, number>();
  let waiting: { name: unknown; inputs: readonly unknown[][] }[] = [];
  for (const { name, inbound_nodes: nodes, config } of layers) {
    if (isLayers(config?.layers)) checkInputs(config.layers, path); // a model as a layer
    if (!Array.isArray(nodes)) continue; // of a sequential model
    if (calls.has(name)) throw new UserError(`model ${path} has two layers named ${name}`);
    calls.set(name, nodes.length === 0 ? 1 : 0);
    for (const node of nodes) {
      waiting.push({ name, inputs: Array.isArray(node) ? node.filter((input) => Array.isArray(input)) : [] });
    }
  }
  while (waiting.length > 0) {
    const rest = waiting.filter(({ name, inputs }) => {
      if (!inputs.every(([from, call]) => Number(call) < (calls.get(from) ?? 0))) return true;
      calls.set(name, calls.get(name)! + 1);
      return false;
    });
    if (rest.length === waiting.length) {
      throw new UserError(`model ${path} has no input for its layer ${rest[0]!.name}`);
    }
    waiting = rest;
  }
}

/** Makes the activation of the last layer (but for reshapes) linear, when that is softmax. */
function removeSoftmax(layers: readonly Layer[]): void {
  const last = layers.findLast((layer) => !['Reshape', 'Flatten', 'Dropout'].includes(String(layer.class_name)));
  if (last?.config?.activation === 'softmax') last.config.activation = 'linear';
}
