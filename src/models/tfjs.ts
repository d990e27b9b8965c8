import { dirname, join, sep } from 'node:path';
import type { io, Tensor } from '@tensorflow/tfjs-core';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { inCalls } from './batches.ts';
import type { Model } from './model.ts';
import { runtimeError } from './runtime-error.ts';
import { readTfjsFiles } from './tfjs-files.ts';

type Core = typeof import('@tensorflow/tfjs-core');

/**
 * Opens a TensorFlow.js model (layers or graph format) with one float32 input [n, …] and one output [n, m], in its own axis
 * order. Where n is fixed, points are inferred in calls of n. A softmax at the end of a layers model is taken off: the outputs are logits.
 * @param path of `model.json`; the weight files lie beside or below it
 * @param name what results call the model
 * @param expected SHA-256 over model.json and the weight files in the manifest's order, when it is known
 * @throws UserError when a file is missing, altered, outside the model's folder, or not such a model
 * @throws EnvironmentError when memory ran out or TensorFlow.js does not start
 */
export async function openTfjs(
  path: string,
  name: string,
  { expected }: { readonly expected?: string | undefined; readonly known?: unknown } = {},
): Promise<Model> {
  const files = await readTfjsFiles(path);
  if (expected !== undefined && files.sha256 !== expected) {
    throw new UserError(
      `model ${path} or one of its weight files is altered: SHA-256 ${files.sha256}, expected ${expected}`,
    );
  }
  const { tf, runtime } = await startTfjs();
  const artifacts: io.ModelArtifacts = {
    modelTopology: files.topology,
    weightSpecs: files.weightSpecs as io.WeightsManifestEntry[],
    weightData: files.weights.buffer as ArrayBuffer,
    format: files.graph ? 'graph-model' : 'layers-model',
  };
  const handler = { load: async () => artifacts };
  let loaded: {
    inputs: readonly { shape?: readonly (number | null)[] | undefined }[];
    predict(x: Tensor): unknown;
    dispose(): void;
  };
  try {
    loaded = files.graph
      ? await (await import('@tensorflow/tfjs-converter')).loadGraphModel(handler)
      : await (await import('@tensorflow/tfjs-layers')).loadLayersModel(handler);
  } catch (error) {
    throw runtimeError(error, `model ${path} cannot be loaded`);
  }
  const [batch, ...shape] = loaded.inputs[0]?.shape ?? [];
  const fixed = batch && batch > 0 ? batch : undefined;
  if (
    loaded.inputs.length !== 1 ||
    shape.length === 0 ||
    !shape.every((dim): dim is number => dim !== null && dim > 0)
  ) {
    throw new UserError(`model ${path} needs one input of shape [n, …] with all axes but the first fixed`);
  }
  const size = shape.reduce((product, dim) => product * dim, 1);

  const call = async (points: Float32Array, count: number): Promise<Float32Array> => {
    const result = tf.tidy(() => {
      const answer = loaded.predict(tf.tensor(points, [count, ...shape], 'float32'));
      if (Array.isArray(answer)) throw new UserError(`model ${path} has ${answer.length} outputs; one is needed`);
      const { shape: dims } = answer as Tensor;
      if (dims.length !== 2 || dims[0] !== count) {
        throw new UserError(`model ${path} gives an output of shape [${dims}] for ${count} points, not [n, m]`);
      }
      return answer as Tensor;
    });
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return values;
  };
  let outputs: number;
  try {
    const first = fixed ?? 1;
    outputs = (await call(new Float32Array(first * size), first)).length / first;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw runtimeError(error, `model ${path} cannot be run on an input of shape [${[fixed ?? 1, ...shape]}]`);
  }

  return {
    name,
    sha256: files.sha256,
    runtime,
    inputShape: shape,
    outputs,
    infer: inCalls(size, outputs, call, fixed),
    async dispose() {
      loaded.dispose();
    },
  };
}

/** Which TensorFlow.js would run models here, such as `tfjs-wasm 4.22.0`. */
export async function tfjsRuntime(): Promise<string> {
  return (await startTfjs()).runtime;
}

let started: Promise<{ tf: Core; runtime: string }> | undefined;

/** The native binding when the user installed it, else the WebAssembly backend. */
export function startTfjs(): Promise<{ tf: Core; runtime: string }> {
  started ??= (async () => {
    const native = '@tensorflow/tfjs-node'; // in a variable: it is an optional peer, without types here
    const tf = await import('@tensorflow/tfjs-core');
    try {
      await import(native);
      await tf.ready();
      return { tf, runtime: `tfjs-node ${tf.version_core}` };
    } catch {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      const { createRequire } = await import('node:module');
      const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
      setWasmPaths(`${join(dirname(main), 'dist')}${sep}`);
      if (!(await tf.setBackend('wasm'))) {
        throw new EnvironmentError(
          'TensorFlow.js cannot start its WebAssembly backend, which reserves some gigabytes of addresses: raise the limit (ulimit -v), use fewer --jobs, or install @tensorflow/tfjs-node',
        );
      }
      return { tf, runtime: `tfjs-wasm ${tf.version_core}` };
    }
  })();
  return started;
}
