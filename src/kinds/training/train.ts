import type { Cluster, Faults, Ledger } from './cluster.ts';
import { quantise } from './fixed-point.ts';
import { type Coding, Master, type RoundResult, StalledError, usedALie } from './master.ts';
import type { Problem } from './problem.ts';
import { evaluate, gradientStep, integerErrors } from './reference.ts';
import type { Strategy } from './strategy.ts';

/**
 * `decoding-failed`: more answers were wrong than the code corrects, and the master knew; `wrong`: a lie went into the weights
 * unnoticed by the scheme (the range check, which belongs to the experiment here, saw it).
 */
export const iterationStatuses = ['ok', 'decoding-failed', 'wrong'] as const;

/** One row of `iterations.csv`. Iteration 0 is the start: the first encoding, and the model before any step. */
export interface Iteration {
  readonly iteration: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly ledger: Ledger;
  /** Blocks of the code that the iteration was computed with; a code for the next one is charged to this one. */
  readonly K: number;
  readonly excluded: readonly number[];
  readonly status: (typeof iterationStatuses)[number];
  /** Stragglers that the scheme waited for: the most whose answer one of the two rounds used. */
  readonly awaited: number;
  /** Whether the weights equal those of the fixed-point reference bit for bit. */
  readonly exact: boolean;
}

export interface TrainingResult {
  /** Rows of the iterations that ended. */
  readonly iterations: readonly Iteration[];
  /** Why training stopped early; absent when it did not. */
  readonly failure?: string;
}

/** A true product left the range of the field: the fixed-point numbers are too long for this data and these weights. */
class OverflowError extends Error {
  override readonly name = 'OverflowError';
}

/**
 * Logistic regression by gradient descent with two coded rounds an iteration: `z = X·w`, then `g = Xᵀ·(sigmoid(z) - y)`.
 * @param faultsAt who is slow and who lies in an iteration (1 …)
 */
export async function train(
  problem: Problem,
  cluster: Cluster,
  strategy: Strategy,
  coding: Coding,
  faultsAt: (iteration: number) => Faults,
): Promise<TrainingResult> {
  const { field, data, copies, options, reference } = problem;
  const [features] = copies;
  const master = new Master(field, copies, cluster, strategy, coding);
  const iterations: Iteration[] = [];
  let w: Float64Array = new Float64Array(features.columns);

  const record = (iteration: number, K: number, status: Iteration['status'], awaited: number) => {
    const expected = reference.weights[iteration]!;
    const exact = w.every((value, j) => Object.is(value, expected[j]));
    const { accuracy, loss } = exact ? reference.evaluations[iteration]! : evaluate(data.test, w);
    const ledger = cluster.takeLedger();
    iterations.push({
      iteration,
      accuracy,
      loss,
      ledger,
      K,
      excluded: master.excluded,
      status,
      awaited,
      exact,
    });
  };

  try {
    await master.start();
    record(0, master.K, 'ok', 0);
    for (let iteration = 1; iteration <= options.iterations; iteration++) {
      const faults = faultsAt(iteration);
      cluster.setFaults(faults);
      const weights = quantise(w, 2 ** options.weightBits);
      const forward = await master.multiply(0, weights);
      const forwardStatus = judge(problem, cluster, forward, faults, 'rows', weights);
      const errors = cluster.work('compute', { sigmoids: features.rows }, () =>
        integerErrors(forward.values, data.train.y, options),
      );
      const backward = await master.multiply(1, errors);
      const backwardStatus = judge(problem, cluster, backward, faults, 'columns', errors);
      w = cluster.work('compute', { products: features.columns }, () =>
        gradientStep(w, backward.values, features.rows, options.learningRate, options),
      );
      const { K } = master;
      await master.adapt(options.iterations - iteration);
      const awaited = [forward, backward].map(
        ({ used }) => used.filter((worker) => faults.stragglers.has(worker)).length,
      );
      record(iteration, K, forwardStatus === 'ok' ? backwardStatus : forwardStatus, Math.max(...awaited));
    }
  } catch (error) {
    if (error instanceof StalledError || error instanceof OverflowError)
      return { iterations, failure: `iteration ${iterations.length}: ${error.message}` };
    throw error;
  }
  return { iterations };
}

/** The second-prime check of a round. @throws OverflowError when a product is wrong though nobody lied */
function judge(
  { field, check, copies }: Problem,
  cluster: Cluster,
  { values, decodingFailed, used }: RoundResult,
  faults: Faults,
  side: 'rows' | 'columns',
  vector: Float64Array,
): Iteration['status'] {
  const [features] = copies;
  const right = cluster.work('verify', { products: features.rows + features.columns }, () =>
    check[side](vector, values),
  );
  if (decodingFailed) return 'decoding-failed';
  if (right) return 'ok';
  if (usedALie(used, faults)) return 'wrong';
  throw new OverflowError(
    `a product left the range of F_${field.q}: fewer weightBits, errorBits or pixelBits, or a smaller learningRate`,
  );
}
