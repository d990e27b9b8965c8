import { ConfigIssue, faultOf } from '../config/issues.ts';
import { checkCells } from '../config/size.ts';
import { limits } from '../config/values.ts';
import { datasetEntry, datasets } from '../datasets/registry.ts';
import type { DatasetSpec } from '../datasets/spec.ts';
import { checkFits, modelEntry } from '../models/registry.ts';
import type { ModelSpec } from '../models/spec.ts';

/** What is known to be wrong with a config before a file is opened. */

/**
 * Names of the registries, and whether the two fit.
 * @throws ConfigIssue for an unknown name, for a model that cannot take the points, for more queries than there are points
 */
export function checkNames(config: {
  readonly model: ModelSpec;
  readonly dataset: DatasetSpec;
  readonly K: readonly number[];
}): void {
  const { model, dataset, K } = config;
  const known = typeof model === 'string' ? faultOf(['model'], () => modelEntry(model)) : undefined;
  if (typeof dataset !== 'string') return;
  const points = faultOf(['dataset'], () => datasetEntry(dataset));
  if (known) {
    const inputShape = datasets.get(known.reference.dataset).shape;
    faultOf(['model'], () => checkFits({ name: known.name, inputShape }, points));
  }
  const largest = Math.max(...K);
  if (largest > points.length)
    throw new ConfigIssue(
      ['K'],
      `K = ${largest} queries cannot be drawn from the ${points.length} points of ${points.name}`,
    );
}

/** The lists whose product is the cells of an experiment. */
interface Lists {
  readonly output: readonly unknown[];
  readonly K: readonly number[];
  readonly N?: readonly number[] | object | undefined;
  readonly S: readonly unknown[];
  readonly E: readonly unknown[];
  readonly settings?: readonly { readonly K: number; readonly N?: number | undefined }[] | undefined;
  readonly stragglers: readonly unknown[];
  readonly attack?: readonly unknown[] | undefined;
  readonly schemes: readonly unknown[];
}

/** What a user should know of a number of workers where the scheme itself has nothing to say. */
export function sizeWarning(K: number, N: number): string | undefined {
  if (N >= K) return undefined;
  return `N = ${N} workers for K = ${K} queries: fewer answers than queries; is one of the two wrong?`;
}

/** @throws ConfigIssue for more cells, or larger ones, than a run could hold */
export function checkSize(config: Lists): void {
  const { output, K, N, S, E, settings, stragglers, attack = [], schemes } = config;
  const workers = Array.isArray(N) ? (N as readonly number[]) : [];
  const bases = settings ? settings.length : K.length * Math.max(1, workers.length) * S.length;
  const faults = E.length * Math.max(1, attack.length) * stragglers.length;
  const cells = output.length * bases * faults * schemes.length;
  checkCells(cells);
  const sizes = settings ?? K.flatMap((k) => workers.map((n) => ({ K: k, N: n })));
  checkMatrices(sizes, schemes.length, settings ? ['settings'] : ['N']);
}

/** The least columns that a row of a matrix counts as: its nodes take time of their own. */
const leastColumns = 16;

/** @throws ConfigIssue for encoding matrices that would be too large, or too many: one for each scheme and size */
export function checkMatrices(
  sizes: readonly { readonly K: number; readonly N?: number | undefined }[],
  schemes: number,
  path: readonly PropertyKey[],
): void {
  let all = 0;
  for (const { K, N = K } of sizes) {
    all += schemes * Math.max(K, leastColumns) * N;
    if (K * N > limits.matrix)
      throw new ConfigIssue(
        path,
        `K = ${K} and N = ${N}: the encoding matrix would have ${K * N} numbers; at most ${limits.matrix} (1 GiB)`,
      );
  }
  if (all > limits.matrices)
    throw new ConfigIssue(
      path,
      `${sizes.length * schemes} encoding matrices would have ${all} numbers together; at most ${limits.matrices} (2 GiB): shorten a list`,
    );
}
