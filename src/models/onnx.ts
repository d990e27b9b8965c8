import { UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import { inCalls } from './batches.ts';
import type { Model } from './model.ts';
import { type InferenceSession, onnxRuntime } from './onnx-runtime.ts';

/**
 * Opens an ONNX file with one float32 input [n, …] and one float32 output [n, m].
 *
 * One thread a session and sequential execution: parallelism goes over trials, and the answers do not depend on the
 * machine's number of cores.
 * @param name what results call the model
 * @param expected SHA-256 the file must have, when it is known
 * @throws UserError when the file is missing, altered, not ONNX, or has other inputs and outputs
 */
export async function openOnnx(path: string, name: string, expected?: string): Promise<Model> {
  const bytes = await readUserFile(path, 'model');
  const digest = sha256(bytes);
  if (expected !== undefined && digest !== expected) {
    throw new UserError(`model ${path} is altered: SHA-256 ${digest}, expected ${expected}`);
  }
  const ort = await onnxRuntime();
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4, // errors are thrown too, and reported in one line
    });
  } catch (error) {
    throw new UserError(`model ${path} is not an ONNX file that ONNX Runtime can load: ${firstLine(error)}`);
  }
  const { input, output, shape } = contract(session, path);
  const size = shape.reduce((product, dim) => product * dim, 1);

  async function call(points: Float32Array, count: number): Promise<Float32Array> {
    const tensor = new ort.Tensor('float32', points, [count, ...shape]);
    const result = (await session.run({ [input]: tensor }))[output]!;
    if (result.dims.length !== 2 || result.dims[0] !== count) {
      throw new UserError(`model ${path} gives an output of shape [${result.dims}] for ${count} points, not [n, m]`);
    }
    return result.data as Float32Array;
  }

  let outputs: number;
  try {
    outputs = (await call(new Float32Array(size), 1)).length;
  } catch (error) {
    await session.release();
    if (error instanceof UserError) throw error;
    throw new UserError(`model ${path} cannot be run on an input of shape [1,${shape}]: ${firstLine(error)}`);
  }

  return {
    name,
    sha256: digest,
    runtime: `onnxruntime-node ${ort.env.versions.node}`,
    inputShape: shape,
    outputs,
    infer: inCalls(size, outputs, call),
    dispose: () => session.release(),
  };
}

/** The names of input and output and the shape of one point, as the file declares them. */
function contract(session: InferenceSession, path: string) {
  const { inputMetadata, outputMetadata } = session;
  if (inputMetadata.length !== 1 || outputMetadata.length !== 1) {
    const names = (list: readonly { name: string }[]) => list.map((value) => value.name).join(', ') || 'none';
    throw new UserError(
      `model ${path} has inputs ${names(inputMetadata)} and outputs ${names(outputMetadata)}; one of each is needed`,
    );
  }
  const [input, output] = [inputMetadata[0]!, outputMetadata[0]!];
  if (!input.isTensor || !output.isTensor || input.type !== 'float32' || output.type !== 'float32') {
    throw new UserError(`model ${path}: input and output must be float32 tensors`);
  }
  const [batch, ...shape] = input.shape;
  if (typeof batch === 'number' && batch > 0) {
    throw new UserError(`model ${path} takes ${batch} point(s) a call; export it with a free batch axis`);
  }
  if (shape.length === 0 || !shape.every((dim): dim is number => typeof dim === 'number' && dim > 0)) {
    throw new UserError(
      `model ${path} has input shape [${input.shape}]; all axes but the first must be fixed, as in [n,3,224,224]`,
    );
  }
  return { input: input.name, output: output.name, shape };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
}
