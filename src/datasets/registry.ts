import { resolve } from 'node:path';
import { nearest, UserError } from '../util/errors.ts';
import type { LookupContext } from '../util/folders.ts';
import type { Dataset } from './dataset.ts';
import { mnist, openIdx, openIdxFamily } from './mnist.ts';
import type { DatasetSpec } from './spec.ts';

/** A data set known by name. */
export interface DatasetEntry {
  readonly name: string;
  readonly description: string;
  open(context: LookupContext): Promise<Dataset>;
}

/** Every data set that a config can name, in the order of `datasets list`. */
export const datasetEntries: readonly DatasetEntry[] = [
  {
    name: 'mnist',
    description: 'MNIST, 10,000 test images of digits, 1 x 28 x 28',
    open: (context) => openIdxFamily(mnist, 'test', context),
  },
  {
    name: 'mnist-train',
    description: 'MNIST, 60,000 training images',
    open: (context) => openIdxFamily(mnist, 'train', context),
  },
];

/**
 * Opens the data set of a config.
 * @throws UserError when the name is unknown, or a file is missing or broken
 */
export async function openDataset(spec: DatasetSpec, context: LookupContext = {}): Promise<Dataset> {
  if (typeof spec === 'string') return datasetEntry(spec).open(context);
  const path = (relative: string) => resolve(context.folder ?? '', relative);
  if ('idx' in spec) return openIdx(path(spec.idx), path(spec.labels));
  throw new UserError(`data sets of this kind cannot be opened: ${JSON.stringify(spec)}`);
}

/**
 * The entry of a registry name.
 * @throws UserError with the nearest name when there is none
 */
export function datasetEntry(name: string): DatasetEntry {
  const entry = datasetEntries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = datasetEntries.map((candidate) => candidate.name);
  const near = nearest(name, names);
  throw new UserError(
    `unknown dataset '${name}'${near ? `: did you mean '${near}'?` : `; known: ${names.join(', ')}`}`,
  );
}
