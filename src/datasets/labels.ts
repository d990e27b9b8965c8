import { UserError } from '../util/errors.ts';
import { counted } from '../util/text.ts';
import type { Dataset } from './dataset.ts';

/**
 * Compares the classes of a data set with the outputs of a model.
 * @returns what people should read before they believe an accuracy, or undefined
 * @throws UserError when a label has no output: such a point could never be right
 */
export function checkLabels(
  dataset: Pick<Dataset, 'name' | 'length' | 'label' | 'listing'>,
  model: { readonly name: string; readonly outputs: number },
): string | undefined {
  if (!dataset.label) return undefined;
  const { outputs } = model;
  const has = `model ${model.name} has ${counted(outputs, 'output')}`;
  const folders = dataset.listing?.ranked;
  if (folders && folders.length > outputs) {
    throw new UserError(
      `${dataset.name} has ${folders.length} class folders (${listed(folders)}), ${has}: ` +
        'remove those that are no classes, or add classes: table.json, which says which class each folder is',
    );
  }
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let beyond = -1;
  for (let index = 0; index < dataset.length; index++) {
    const label = dataset.label(index);
    if (label >= outputs && beyond < 0) beyond = index;
    if (label < least) least = label;
    if (label > most) most = label;
  }
  if (beyond >= 0) {
    const cure =
      least > 0 && most - least < outputs
        ? `the labels run from ${least} to ${most}: subtract ${least}`
        : outputs === 1
          ? 'use data without labels: MSE says what there is to say'
          : 'it is not the model for these classes, or the labels are not for this model';
    throw new UserError(
      `${dataset.name}: label ${beyond} is ${dataset.label(beyond)}, but ${has}, classes 0 … ${outputs - 1}; ${cure}`,
    );
  }
  if (outputs === 1) {
    return `model ${model.name} has one output, so its class is always 0 and accuracy says nothing of ${dataset.name}: MSE says what there is to say`;
  }
  if (folders && folders.length < outputs) {
    return (
      `${dataset.name} has ${folders.length} class folders (${listed(folders)}), ${has}: they are taken for classes ` +
      `0 … ${folders.length - 1}; if they are others, add classes: table.json`
    );
  }
  if (!dataset.listing && least > 0) {
    return (
      `the labels of ${dataset.name} run from ${least} to ${most}, none is 0, and ${has}, classes 0 … ${outputs - 1}: ` +
      'if they are counted from 1, subtract 1'
    );
  }
  return undefined;
}

/**
 * The labels of a data set that cannot do without.
 * @throws UserError when it has none
 */
export function labelsOf(dataset: Pick<Dataset, 'name' | 'label'>): (index: number) => number {
  const { name, label } = dataset;
  if (!label) throw new UserError(`dataset ${name} has no labels, so no accuracy can be measured on it; add labels:`);
  return label;
}

/** The first and last names of a list. */
function listed(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 2).join(', ')}, … ${names.at(-1)}`;
}
