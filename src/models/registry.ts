import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../util/errors.ts';
import { dataFolderCure, dataFolders, type LookupContext, packageRoot } from '../util/folders.ts';
import { type Member, registry } from '../util/registry.ts';
import { openClosedForm } from './closed-form.ts';
import { DeviceFault } from './devices.ts';
import { withInput } from './input.ts';
import type { Model } from './model.ts';
import { type Opening, openOnnx } from './onnx.ts';
import { recordOf } from './record.ts';
import type { InputSpec, ModelSpec } from './spec.ts';
import { openTfjs } from './tfjs.ts';

/** A model known by name. */
export interface ModelEntry extends Member {
  readonly runtime: 'onnx' | 'tfjs';
  /** Path below this package's root (`packaged`) or below a data folder. */
  readonly file: string;
  /** The file is part of this package. */
  readonly packaged: boolean;
  /** SHA-256 of the published file, where there is one. A file that `models pull` made has its own record beside it. */
  readonly sha256?: string;
  /** How the model wants its images; default: pixel / 255, planes first. */
  readonly input?: InputSpec;
  /** The data set that it is for, and its top-1 accuracy on it in per cent, where it was measured. */
  readonly reference: { readonly dataset: string; readonly top1?: number };
}

/** Every model that a config can name, in the order of `models list`. */
export const models = registry<ModelEntry>('model', [
  {
    name: 'lenet5-mnist',
    summary: 'LeNet5, 61,706 parameters, trained by scripts/train',
    runtime: 'onnx',
    file: 'models/lenet5-mnist.onnx',
    packaged: true,
    sha256: '3e3ed824843696b268d3d758dc4b3d100eb6371c180fd70b8c225a2fa2f25733',
    reference: { dataset: 'mnist', top1: 99.52 },
  },
  {
    name: 'lenet5-fashion',
    summary: 'LeNet5, 61,706 parameters, trained by scripts/train',
    runtime: 'onnx',
    file: 'models/lenet5-fashion.onnx',
    packaged: true,
    sha256: '0816c68e94270046ae2eff198ed82129369d3adf4b0de3ad67c21064327d0e8a',
    reference: { dataset: 'fashion-mnist', top1: 91.66 },
  },
  {
    name: 'invnet-mnist',
    summary: 'invertible network, 243,866 parameters, trained by scripts/train; for Coded-InvNet',
    runtime: 'onnx',
    file: 'models/invnet-mnist.onnx',
    packaged: true,
    sha256: '3e4073675bf379cac223aa96fb618096c7444891c520b78b9fc67e66783861bc',
    reference: { dataset: 'mnist', top1: 97.97 },
  },
  {
    name: 'resnet20-cifar10',
    summary: 'ResNet-20 of He et al. 2016, shortcut A (akamaster/pytorch_resnet_cifar10)',
    runtime: 'onnx',
    file: 'models/cifar10-resnet20.onnx',
    packaged: false,
    sha256: 'f3c7600733b70c95c2f9c6fcb4ecb6df24f94f8b37d86f109aeed43290cb8f78',
    reference: { dataset: 'cifar10', top1: 91.73 },
  },
  {
    name: 'resnet56-cifar10',
    summary: 'ResNet-56 of He et al. 2016, shortcut A (akamaster/pytorch_resnet_cifar10)',
    runtime: 'onnx',
    file: 'models/cifar10-resnet56.onnx',
    packaged: false,
    sha256: '5284582f0d51caacc762f82523935451e1aa682461b41f496c9ada2f874473b9',
    reference: { dataset: 'cifar10', top1: 93.39 },
  },
  {
    name: 'repvgg-a2-cifar10',
    summary: "RepVGG-A2, 26.8 M parameters, the paper's (chenyaofo/pytorch-cifar-models)",
    runtime: 'onnx',
    file: 'models/cifar10-repvgg-a2.onnx',
    packaged: false,
    reference: { dataset: 'cifar10' },
  },
  {
    name: 'repvgg-slim-cifar10',
    summary: 'narrow RepVGG, 641,306 parameters, trained by scripts/train; stands in for RepVGG-A2',
    runtime: 'onnx',
    file: 'models/repvgg-slim-cifar10.onnx',
    packaged: true,
    sha256: '91622600953e7ea9b084b7eb4722250043aeab194494a1231f54e881ed0785a4',
    reference: { dataset: 'cifar10', top1: 91.04 },
  },
  {
    name: 'vit-b-16-imagenet',
    summary: "ViT-B/16, 86 M parameters, the paper's (torchvision)",
    runtime: 'onnx',
    file: 'models/imagenet-vit-b-16.onnx',
    packaged: false,
    reference: { dataset: 'imagenet-samples' },
  },
  {
    name: 'vit-tiny-imagenet',
    summary: 'ViT-Tiny/16, 5.7 M parameters; stands in for ViT-B/16',
    runtime: 'onnx',
    file: 'models/imagenet-vit-tiny-patch16-224.onnx',
    packaged: false,
    sha256: '3bcff57e2e882b77cdab4f57ea3d592aa42174a58f87d7b74af79c84700ea454',
    reference: { dataset: 'imagenet-samples', top1: 81.7 },
  },
  {
    name: 'mobilenet-imagenet',
    summary: 'MobileNetV1 0.75, 2.6 M parameters',
    runtime: 'onnx',
    file: 'models/imagenet-mobilenet-v1-0.75-224.onnx',
    packaged: false,
    sha256: 'cd4552dc84e1efe10ec67005a547ad343d760d7f83aca792e6b3368d84d5ea6b',
    reference: { dataset: 'imagenet-samples', top1: 83.8 },
  },
  {
    name: 'mobilenet-imagenet-tfjs',
    summary: 'the same MobileNetV1 0.75 as TensorFlow.js publishes it',
    runtime: 'tfjs',
    file: 'models/tfjs-mobilenet/model.json',
    packaged: false,
    sha256: 'e123ff31dc2bf4d1bb7a95bca2196ba8ceb335fef6f0b3ccc87ea5613d434e20',
    input: { layout: 'nhwc', range: [-1, 1] },
    reference: { dataset: 'imagenet-samples', top1: 83.8 },
  },
]);

/**
 * Opens the model of a config.
 * @throws UserError when the name is unknown, the file is missing, altered or of the wrong kind, or the device is not here
 */
export async function openModel(spec: ModelSpec, context: LookupContext = {}, opening: Opening = {}): Promise<Model> {
  const { device = 'cpu' } = opening;
  if (device !== 'cpu' && !runsInOnnx(spec)) {
    throw new DeviceFault(
      `device ${device} is for ONNX models; this one does not run in ONNX Runtime: leave device out`,
    );
  }
  if (typeof spec === 'string') {
    const entry = modelEntry(spec);
    const open = entry.runtime === 'onnx' ? openOnnx : openTfjs;
    const path = findModel(entry, context);
    const expected = recordOf(path)?.sha256 ?? entry.sha256;
    return adapt(await open(path, entry.name, { expected, ...opening }), entry.input);
  }
  if ('function' in spec) return openClosedForm(spec);
  if ('endpoint' in spec) {
    const { openEndpoint } = await import('./endpoint.ts');
    return adapt(await openEndpoint(spec.endpoint), spec.input);
  }
  const path = resolve(context.folder ?? '', 'onnx' in spec ? spec.onnx : spec.tfjs);
  if ('onnx' in spec) {
    return adapt(
      await openOnnx(path, basename(path, '.onnx'), { outputName: spec.outputName, ...opening }),
      spec.input,
    );
  }
  return adapt(await openTfjs(path, basename(dirname(path))), spec.input);
}

function runsInOnnx(spec: ModelSpec): boolean {
  return typeof spec === 'string' ? modelEntry(spec).runtime === 'onnx' : 'onnx' in spec;
}

function adapt(model: Model, input: InputSpec | undefined): Model {
  return input ? withInput(model, input) : model;
}

/**
 * The path of a registry model's file.
 * @throws UserError that says where it was looked for
 */
export function findModel(entry: ModelEntry, context: LookupContext = {}): string {
  const found = locateModel(entry, context);
  if (found) return found;
  const remedy = entry.packaged
    ? 'it is part of this package: install approxifer again'
    : `get it by 'approxifer models pull ${entry.name}', or ${dataFolderCure(context.env)}`;
  throw new UserError(`model ${entry.name}: no file ${modelPaths(entry, context).join(', ')}; ${remedy}`);
}

/** Where a registry model is looked for, first place first. */
function modelPaths(entry: ModelEntry, context: LookupContext): string[] {
  const folders = entry.packaged ? [packageRoot] : dataFolders(context.env);
  return folders.map((folder) => join(folder, entry.file));
}

/** The path of a registry model's file when it is here. */
export function locateModel(entry: ModelEntry, context: LookupContext = {}): string | undefined {
  return modelPaths(entry, context).find((path) => existsSync(path));
}

/**
 * The entry of a registry name.
 * @throws UserError with the nearest name when there is none
 */
export function modelEntry(name: string): ModelEntry {
  const format = models.has(name) ? undefined : /\.(onnx|json)$/i.exec(name)?.[1]?.toLowerCase();
  if (!format) return models.get(name);
  const key = format === 'onnx' ? 'onnx' : 'tfjs';
  throw new UserError(`'${name}' is no name of a model; a file is written {${key}: ${name}}`);
}

/**
 * Checks that a model can be fed with the points of a data set. A model of flat points [D] takes images of D numbers as they
 * lie in memory, plane after plane.
 * @throws UserError when the shapes differ
 */
export function checkFits(
  model: Pick<Model, 'name' | 'inputShape'>,
  dataset: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly reshaping?: (shape: readonly number[]) => string | undefined;
  },
): void {
  const { inputShape } = model;
  const { shape } = dataset;
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (String(inputShape) === String(shape) || String(inputShape) === String(size)) return;
  const [channels, ...plane] = shape;
  const channelsLast = shape.length === 3 && String(inputShape) === String([...plane, channels]);
  const [height, width, last] = shape; // what layout: nhwc makes of a model that has its channels first
  const channelsFirst = shape.length === 3 && String(inputShape) === String([last, height, width]);
  const cure = channelsLast
    ? 'the channels of the model come last: give it input: {layout: nhwc}'
    : channelsFirst
      ? 'that is with input: {layout: nhwc}, and its file has the channels first: leave layout out'
      : dataset.reshaping?.(inputShape);
  throw new UserError(
    `model ${model.name} takes points of shape [${inputShape}], dataset ${dataset.name} has [${shape}]${cure ? `; ${cure}` : ''}`,
  );
}
