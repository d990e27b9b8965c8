import type { InputSpec } from './spec.ts';

/** Rows of probabilities add up to 1 within this: float32 sums of a thousand numbers are off by some 1e-6. */
const sumTolerance = 1e-3;

/** Whether every row of [count, m] is a distribution: no number below 0, sum 1. One output alone is none. */
export function areProbabilities(outputs: ArrayLike<number>, m: number): boolean {
  if (m < 2 || outputs.length === 0) return false;
  for (let row = 0; row < outputs.length; row += m) {
    let sum = 0;
    for (let j = 0; j < m; j++) {
      const value = outputs[row + j]!;
      if (!(value >= 0)) return false;
      sum += value;
    }
    if (!(Math.abs(sum - 1) <= sumTolerance)) return false;
  }
  return true;
}

/**
 * What to say when a model gives probabilities where logits are expected.
 * @param outputs [count, m] answers of the model
 * @param kinds `output` of the config
 */
export function probabilityWarnings(
  name: string,
  outputs: ArrayLike<number>,
  m: number,
  kinds: readonly ('logits' | 'softmax')[],
): string[] {
  if (!areProbabilities(outputs, m)) return [];
  const cure = 'export the model without its last softmax';
  const said = {
    logits: `model ${name} gives probabilities (they are at least 0 and add up to 1), but output: logits takes them for logits; ${cure}`,
    softmax: `model ${name} gives probabilities (they are at least 0 and add up to 1), and output: softmax would apply softmax a second time; ${cure}`,
  };
  return [...new Set(kinds)].map((kind) => said[kind]);
}

/**
 * What to say when points lie outside of what the model's `input` takes: pixel / 255, in [0, 1], which it turns into the
 * range that the model wants. A model without `input` takes the points as they are, and nothing is known of them.
 * @param points numbers of the data, as the data set gives them
 */
export function rangeWarnings(
  names: { readonly model: string; readonly dataset: string },
  input: InputSpec | undefined,
  points: ArrayLike<number>,
): string[] {
  if (!input || (!input.range && input.mean === undefined && input.std === undefined)) return [];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < points.length; i++) {
    least = Math.min(least, points[i]!);
    most = Math.max(most, points[i]!);
  }
  if (least >= 0 && most <= 1) return [];
  const found = `[${Number(least.toPrecision(3))}, ${Number(most.toPrecision(3))}]`;
  return [
    `points of ${names.dataset} lie in ${found}, but input: of model ${names.model} expects numbers in [0, 1] (pixel / 255) ` +
      'and scales them; scale the data to [0, 1], or leave range, mean and std out',
  ];
}

/**
 * What to say when a model answers the same whatever it is asked: every scheme decodes that without an error.
 * @param outputs [count, m] answers to points of the data
 */
export function constancyWarnings(
  names: { readonly model: string; readonly dataset: string },
  outputs: ArrayLike<number>,
  m: number,
): string[] {
  const count = outputs.length / m;
  if (count < 2) return [];
  for (let i = m; i < outputs.length; i++) if (!Object.is(outputs[i], outputs[i % m])) return [];
  return [
    `model ${names.model} gives one answer to all of ${count} points of ${names.dataset}, and every scheme decodes that without an error; ` +
      'look at its weights, at input: (range, mean, std) and at whether the points differ before you trust a table',
  ];
}

/** What a model is known to reach on a data set. */
export interface AccuracyReference {
  /** Top-1, in [0, 1]. */
  readonly top1: number;
  readonly dataset: string;
}

/**
 * What to say when the base model, without any coding, is wrong far too often: then the set-up is wrong, and relative
 * metrics hide it.
 * @param right how many of `count` points the model classifies as their labels say
 * @param m number of classes, at least 2 (`checkLabels`)
 * @param reference of a registry model on this data set
 */
export function accuracyWarnings(
  names: { readonly model: string; readonly dataset: string },
  right: number,
  count: number,
  m: number,
  reference?: AccuracyReference,
): string[] {
  if (count === 0) return [];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const found = `model ${names.model} is right on ${percent(right / count)} of ${count} points of ${names.dataset}`;
  const cure =
    'look at the labels, at the order of the classes and at input: (layout, range, mean, std) before you trust a table';
  // sampling: a model that is better than the bound falls below it by chance in less than one of 1,000 runs
  const below = (bound: number) => right / count + 3 * Math.sqrt((bound * (1 - bound)) / count) < bound;
  if (reference && reference.dataset === names.dataset) {
    return below(reference.top1 / 2)
      ? [`${found}, where it is known to reach ${percent(reference.top1)}; ${cure}`]
      : [];
  }
  // near chance: what a guesser reaches in nearly all samples; of too few points nothing can be said
  const chance = 1 / m;
  const guesser = chance + 2 * Math.sqrt((chance * (1 - chance)) / count);
  const telling = guesser < (1 + chance) / 2;
  return telling && right / count <= guesser ? [`${found}, and guessing reaches ${percent(chance)}; ${cure}`] : [];
}
