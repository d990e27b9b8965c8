import { UserError } from '../util/errors.ts';
import type { Model } from './model.ts';

/**
 * What two answers to one point may differ by, as a share of the largest number in any answer. Other sums for another batch
 * size give some 1e-6; a batch normalisation that uses the batch, or dropout that is still on, gives far more than 1e-2.
 */
const tolerance = 1e-3;

/**
 * Checks that a model is a function of each point alone, as coded inference takes it to be: a point alone must have the same
 * answer as in a batch, and as a second time.
 * @param points [count, D] row-major, finite, count >= 2; a few different points of the data
 * @throws UserError that says what is wrong with the model, and the cure
 */
export async function probeModel(model: Model, points: Float32Array, count: number): Promise<void> {
  const first = points.subarray(0, points.length / count);
  const alone = await answers(model, first, 1);
  if (!alone.every(Number.isFinite)) {
    throw new UserError(
      `model ${model.name} gives NaN or infinity for a point whose numbers are all finite; ` +
        'its weights are damaged, or it wants another range of numbers (input: range, mean, std)',
    );
  }
  let batch: Float32Array;
  try {
    batch = await answers(model, points, count);
  } catch (error) {
    throw new UserError(
      `model ${model.name} answers one point but not ${count} at once (${(error as Error).message}); export it with a free ` +
        'batch axis everywhere, or with the first axis of its input fixed at 1: then it is given one point at a time',
    );
  }
  const again = [await answers(model, first, 1), await answers(model, points, count)] as const;
  const largest = [alone, batch, ...again].reduce(
    (most, values) => values.reduce((max, value) => Math.max(max, Math.abs(value)), most),
    0,
  );
  // NaN in the answers to the other points is no difference: the first one's were finite
  const differ = (a: Float32Array, b: Float32Array) =>
    a.some((value, i) => Math.abs(value - b[i]!) > tolerance * largest || Number.isNaN(value) !== Number.isNaN(b[i]!));
  if (differ(alone, again[0]) || differ(batch, again[1])) {
    throw new UserError(
      `model ${model.name} gives another answer each time it is asked; export it for inference, ` +
        'with dropout and other random layers off (in PyTorch: model.eval())',
    );
  }
  if (differ(alone, batch.subarray(0, model.outputs))) {
    throw new UserError(
      `model ${model.name} answers a point otherwise when other points are in the batch; export it for inference, with batch ` +
        'normalisation by its running averages (in PyTorch: model.eval()), or with the first axis of its input fixed at 1',
    );
  }
}

/** A copy: the model's own array is valid until its next call only. */
async function answers(model: Model, points: Float32Array, count: number): Promise<Float32Array> {
  return Float32Array.from(await model.infer(points, count));
}
