import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest, UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import { disableTelemetry } from '../util/telemetry.ts';
import { inCalls, pointsACall } from './batches.ts';
import type { Contract, KnownContracts, OnnxContract } from './contract.ts';
import { checkOffered, type Device, DeviceFault, runtimeOn } from './devices.ts';
import { externalFiles } from './external-data.ts';
import type { Model } from './model.ts';
import { type InferenceSession, type OnnxRuntime, onnxRuntime, onnxVersion } from './onnx-runtime.ts';
import { runtimeError } from './runtime-error.ts';

/** How any model is opened. */
export interface Opening {
  readonly known?: KnownContracts | undefined;
  /** Default: `cpu`. */
  readonly device?: Device | undefined;
}

export interface OnnxOptions extends Opening {
  /** SHA-256 that the model must have, when it is known. */
  readonly expected?: string | undefined;
  /** Which output is the answer, for a model with several. */
  readonly outputName?: string | undefined;
  /** Takes an answer of any shape [n, …] as m numbers a point. */
  readonly flat?: boolean | undefined;
}

/**
 * Opens an ONNX file with one float32 input [n, …] and a float32 output [n, m]. Where n is fixed, points are inferred in
 * calls of n. Weights may lie in files of the model's folder (external data); their bytes are part of the digest.
 *
 * One thread a session and sequential execution: parallelism goes over trials, and the answers do not depend on the
 * machine's number of cores.
 * @param name what results call the model
 * @throws UserError when a file is missing, altered, not ONNX, or has other inputs and outputs, or the device is not here
 * @throws EnvironmentError when memory, files or threads ran out
 */
export async function openOnnx(
  path: string,
  name: string,
  { expected, outputName, flat = false, known, device = 'cpu' }: OnnxOptions = {},
): Promise<Model> {
  const { weightFiles, digest, ...file } = await readModel(path);
  const hasExternal = weightFiles.length > 0;
  let bytes: Buffer | undefined = file.bytes;
  if (expected !== undefined && digest !== expected) {
    throw new UserError(`model ${path} is altered: SHA-256 ${digest}, expected ${expected}`);
  }
  if (device !== 'cpu') checkOffered(device, (await onnxRuntime()).listSupportedBackends());
  disableTelemetry(); // before a thread is started that loads the library
  const open = async (): Promise<Opened> => {
    const { InferenceSession: Session, Tensor } = await onnxRuntime();
    // ONNX Runtime looks for external data beside a path, not beside bytes
    const create = (on: Device) =>
      hasExternal ? Session.create(resolve(path), sessionOptions(on)) : Session.create(bytes!, sessionOptions(on));
    const notOnnx = (error: unknown) =>
      runtimeError(error, `model ${path} is not an ONNX file that ONNX Runtime can load`);
    try {
      const session = await create(device);
      // it may be opened long after its digest was taken: where stored answers come first
      await checkWeights().catch(releasing(session));
      bytes = undefined; // the session has its own
      return { session, Tensor };
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (device === 'cpu') throw notOnnx(error);
      // which of the two is at fault the message does not say
      const plain = await create('cpu').catch((fault) => {
        throw notOnnx(fault);
      });
      await plain.release();
      const fault = runtimeError(error, `device ${device} cannot be used here, its libraries or hardware are missing`);
      throw fault instanceof UserError ? new DeviceFault(fault.message) : fault;
    }
  };
  let opened: Promise<Opened> | undefined;

  /** The weight files when their digests were the right ones. */
  let sound: string | undefined;
  /** ONNX Runtime maps weight files into memory: what is written into them changes the answers from then on. */
  async function checkWeights(): Promise<void> {
    const now = stateOf(weightFiles);
    if (now === sound) return;
    if (hasExternal && (await readModel(path)).digest !== digest)
      throw new UserError(`model ${path} or its weight files were changed while the run was under way; start anew`);
    sound = now;
  }

  async function call(points: Float32Array, count: number, { input, output, shape }: Contract): Promise<Float32Array> {
    opened ??= open();
    const { session, Tensor } = await opened;
    const tensor = new Tensor('float32', points, [count, ...shape]);
    const result = (await session.run({ [input]: tensor }, [output]))[output]!;
    if (hasExternal) await checkWeights();
    if (!(flat || result.dims.length === 2) || result.dims[0] !== count) {
      throw new UserError(`model ${path} gives an output of shape [${result.dims}] for ${count} points, not [n, m]`);
    }
    return result.data as Float32Array;
  }

  async function tried(session: InferenceSession): Promise<OnnxContract> {
    const found = await contract(session, path, outputName);
    const first = found.fixed ?? 1;
    const answers = await call(new Float32Array(first * sizeOf(found)), first, found).catch((error) => {
      if (error instanceof UserError) throw error;
      throw runtimeError(error, `model ${path} cannot be run on an input of shape [${[first, ...found.shape]}]`);
    });
    return { ...found, outputs: answers.length / first };
  }

  const identity = {
    name,
    sha256: digest,
    runtime: runtimeOn(`onnxruntime-node ${onnxVersion()}`, device),
    outputName,
  };
  // another device may turn out not to be on this machine: that shows before the run, not in the middle of it
  let shown = device === 'cpu' ? known?.find(identity) : undefined;
  if (!shown) {
    opened = open();
    const { session } = await opened;
    shown = await tried(session).catch(releasing(session));
    known?.keep(identity, shown);
  }
  const agreed = shown;
  return {
    name,
    sha256: digest,
    runtime: identity.runtime,
    pointsACall: pointsACall(sizeOf(agreed), agreed.fixed),
    inputShape: agreed.shape,
    outputs: agreed.outputs,
    contract: agreed,
    infer: inCalls(sizeOf(agreed), agreed.outputs, (points, count) => call(points, count, agreed), agreed.fixed),
    async dispose() {
      await (await opened)?.session.release();
    },
  };
}

/** Changes whenever a file is written to or replaced. */
function stateOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : 'gone';
    })
    .join();
}

/** A model's bytes, the files of its external data, and the digest of all. */
async function readModel(path: string): Promise<{ bytes: Buffer; weightFiles: readonly string[]; digest: string }> {
  const bytes = await readUserFile(path, 'model');
  const external = await externalFiles(bytes, path);
  const own = sha256(bytes);
  return {
    bytes,
    weightFiles: external.map((weights) => weights.path),
    digest: external.length > 0 ? sha256([own, ...external.map((file) => file.sha256)].join('\n')) : own,
  };
}

function sessionOptions(device: Device): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // it saves allocations where shapes repeat, but keeps a second block of memory (10 MB for ViT-Tiny), and gains no time here
    enableMemPattern: false,
    logSeverityLevel: 4, // errors are thrown too, and reported in one line
  };
}

/** A session, and what its inputs are made by. */
interface Opened {
  readonly session: InferenceSession;
  readonly Tensor: OnnxRuntime['Tensor'];
}

function sizeOf({ shape }: Contract): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function releasing(session: InferenceSession): (error: unknown) => Promise<never> {
  return async (error) => {
    await session.release();
    throw error;
  };
}

/** The names of input and output and the shape of one point, as the file declares them. */
async function contract(session: InferenceSession, path: string, outputName?: string): Promise<Contract> {
  const { inputMetadata, outputMetadata } = session;
  if (inputMetadata.length !== 1) {
    throw new UserError(`model ${path} has the inputs ${namesOf(inputMetadata)}; one is needed`);
  }
  const input = inputMetadata[0]!;
  const output = chosenOutput(outputMetadata, path, outputName);
  for (const [what, value] of [['input', input] as const, ['output', output] as const]) {
    const type = value.isTensor ? value.type : 'no tensor';
    if (type !== 'float32')
      throw new UserError(
        `model ${path}: ${what} ${value.name} must be float32, it is ${type}; ${typeCure(type, what)}`,
      );
  }
  const [batch, ...shape] = input.isTensor ? input.shape : [];
  if (shape.length === 0 || !shape.every((dim): dim is number => typeof dim === 'number' && dim > 0)) {
    throw new UserError(
      `model ${path} has input shape [${input.isTensor ? input.shape : ''}]; all axes but the first must be fixed, as in [n,3,224,224]`,
    );
  }
  return {
    input: input.name,
    output: output.name,
    shape,
    fixed: typeof batch === 'number' && batch > 0 ? batch : undefined,
  };
}

/** What makes a model of another type one that can be run. */
function typeCure(type: string, what: 'input' | 'output'): string {
  if (what === 'output' && type.includes('int'))
    return 'these may be classes: choose the output of the logits, by outputName: or a new export that ends before ArgMax';
  if (/^(float64|float16|bfloat16)$/.test(type))
    return 'export it in single precision, such as model.float() in PyTorch before the export';
  return `export it with a Cast at its ${what}, such as torch.float32`;
}

type Values = readonly InferenceSession.ValueMetadata[];

function chosenOutput(outputs: Values, path: string, wanted?: string): InferenceSession.ValueMetadata {
  if (wanted === undefined) {
    if (outputs.length === 1) return outputs[0]!;
    throw new UserError(
      `model ${path} has the outputs ${namesOf(outputs)}; choose one, as in {onnx: …, outputName: ${outputs[0]?.name}}`,
    );
  }
  const output = outputs.find(({ name }) => name === wanted);
  if (output) return output;
  const near = nearest(
    wanted,
    outputs.map(({ name }) => name),
  );
  throw new UserError(
    `model ${path} has no output '${wanted}'${near ? `: did you mean '${near}'?` : `; it has ${namesOf(outputs)}`}`,
  );
}

function namesOf(values: Values): string {
  return values.map(({ name }) => name).join(', ') || '(none)';
}
