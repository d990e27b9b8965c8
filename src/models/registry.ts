import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { nearest, UserError } from '../util/errors.ts';
import { dataFolders, type LookupContext, packageRoot } from '../util/folders.ts';
import { withInput } from './input.ts';
import type { Model } from './model.ts';
import { openOnnx } from './onnx.ts';
import type { ModelSpec } from './spec.ts';

/** A model known by name. */
export interface ModelEntry {
  readonly name: string;
  readonly description: string;
  /** Path below this package's root (`packaged`) or below a data folder. */
  readonly file: string;
  /** The file is part of this package. */
  readonly packaged: boolean;
  /** SHA-256 of the file, where it is fixed. */
  readonly sha256?: string;
  /** The data set that it was trained for, and its top-1 accuracy on it in per cent. */
  readonly reference: { readonly dataset: string; readonly top1?: number };
}

/** Every model that a config can name, in the order of `models list`. */
export const modelEntries: readonly ModelEntry[] = [
  {
    name: 'lenet5-mnist',
    description: 'LeNet5, 61,706 parameters, trained by scripts/train',
    file: 'models/lenet5-mnist.onnx',
    packaged: true,
    reference: { dataset: 'mnist' },
  },
];

/**
 * Opens the model of a config.
 * @throws UserError when the name is unknown, or the file is missing, altered or of the wrong kind
 */
export async function openModel(spec: ModelSpec, context: LookupContext = {}): Promise<Model> {
  if (typeof spec === 'string') {
    const entry = modelEntry(spec);
    return openOnnx(findModel(entry, context), entry.name, entry.sha256);
  }
  if ('tfjs' in spec) throw new UserError('TensorFlow.js models cannot be opened');
  const path = resolve(context.folder ?? '', spec.onnx);
  const model = await openOnnx(path, basename(path, '.onnx'));
  return spec.input ? withInput(model, spec.input) : model;
}

/**
 * The path of a registry model's file.
 * @throws UserError that says where it was looked for
 */
export function findModel(entry: ModelEntry, context: LookupContext = {}): string {
  const folders = entry.packaged ? [packageRoot] : dataFolders(context.env);
  const paths = folders.map((folder) => join(folder, entry.file));
  const found = paths.find((path) => existsSync(path));
  if (found) return found;
  throw new UserError(`model ${entry.name}: no file ${paths.join(' or ')}`);
}

/**
 * The entry of a registry name.
 * @throws UserError with the nearest name when there is none
 */
export function modelEntry(name: string): ModelEntry {
  const entry = modelEntries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = modelEntries.map((candidate) => candidate.name);
  const near = nearest(name, names);
  throw new UserError(`unknown model '${name}'${near ? `: did you mean '${near}'?` : `; known: ${names.join(', ')}`}`);
}

/**
 * Checks that a model can be fed with the points of a data set.
 * @throws UserError when the shapes differ
 */
export function checkFits(
  model: Pick<Model, 'name' | 'inputShape'>,
  dataset: { readonly name: string; readonly shape: readonly number[] },
): void {
  const { inputShape } = model;
  const same =
    inputShape.length === dataset.shape.length && inputShape.every((dim, axis) => dim === dataset.shape[axis]);
  if (same) return;
  throw new UserError(
    `model ${model.name} takes points of shape [${inputShape}], dataset ${dataset.name} has [${dataset.shape}]`,
  );
}
