import { softmaxRows } from '../math/softmax.ts';
import { type BatchTruth, classes } from '../metrics/inference.ts';
import type { Reply } from '../workers/workers.ts';

/**
 * What is true of a batch whose queries have these outputs.
 * @param outputs [K, m]
 * @param labels [K]; absent where the data have none
 */
export function truthOf(outputs: Float64Array, m: number, labels: Int32Array | undefined): BatchTruth {
  const predicted = classes(outputs, m);
  if (!labels) return { outputs, classes: predicted, baseAccuracy: Number.NaN };
  const right = predicted.reduce((sum, predictedClass, k) => sum + (predictedClass === labels[k] ? 1 : 0), 0);
  return { outputs, classes: predicted, labels, baseAccuracy: right / labels.length };
}

/** The softmax of each row. @param logits [rows, m] */
function softmaxOf(logits: Float64Array, m: number): Float64Array {
  const copy = logits.slice();
  softmaxRows(copy, m);
  return copy;
}

/** A batch's true outputs and what the workers answered, on the scale that is decoded. */
export interface Scaled {
  readonly truth: BatchTruth;
  readonly reply: Reply;
}

/** Both scales of the outputs; probabilities are computed when first asked for. */
export function scales(truth: BatchTruth, reply: Reply): (output: 'logits' | 'softmax') => Scaled {
  const { m } = reply;
  const logits: Scaled = { truth, reply };
  let probabilities: Scaled | undefined;
  return (output) => {
    if (output === 'logits') return logits;
    probabilities ??= {
      truth: truthOf(softmaxOf(truth.outputs, m), m, truth.labels),
      reply: { ...reply, answers: softmaxOf(reply.answers, m) },
    };
    return probabilities;
  };
}
