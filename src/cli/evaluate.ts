import { probeOnData } from '../coded/set-up.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { checkLabels, labelsOf } from '../datasets/labels.ts';
import type { Model } from '../models/model.ts';
import { checkFits } from '../models/registry.ts';

export interface Evaluation {
  readonly images: number;
  /** Shares of images whose class is the first, or among the first five, of the outputs. */
  readonly top1: number;
  readonly top5: number;
}

/** Points inferred at once. */
const batch = 50;

/**
 * The accuracy of a model on the first `limit` points of a data set (default: all).
 * @param progress called with the number of points done
 * @throws UserError when the data set does not fit the model or has no labels, or the model is no function of each point alone
 */
export async function evaluateModel(
  model: Model,
  dataset: Dataset,
  limit = dataset.length,
  progress: (done: number) => void = () => {},
): Promise<Evaluation> {
  checkFits(model, dataset);
  const label = labelsOf(dataset);
  checkLabels(dataset, model);
  await probeOnData(model, dataset);
  const images = Math.min(limit, dataset.length);
  const size = dataset.shape.reduce((product, dim) => product * dim, 1);
  const points = new Float32Array(Math.min(batch, images) * size);
  let [first, five] = [0, 0];
  for (let from = 0; from < images; from += batch) {
    const indices = Array.from({ length: Math.min(batch, images - from) }, (_, i) => from + i);
    await dataset.read(indices, points);
    const outputs = await model.infer(points, indices.length);
    for (const [i, index] of indices.entries()) {
      const rank = rankOf(outputs.subarray(i * model.outputs, (i + 1) * model.outputs), label(index));
      if (rank === 0) first++;
      if (rank < 5) five++;
    }
    progress(from + indices.length);
  }
  return { images, top1: first / images, top5: five / images };
}

/** How many outputs come before that of `label`: larger ones, and equal ones of a lower class. NaN and a class that is not there come last. */
function rankOf(outputs: Float32Array, label: number): number {
  const own = outputs[label] ?? Number.NaN;
  if (Number.isNaN(own)) return Number.POSITIVE_INFINITY;
  return outputs.reduce((rank, value, j) => (value > own || (value === own && j < label) ? rank + 1 : rank), 0);
}
