import type { Dataset } from '../../datasets/dataset.ts';
import { labelsOf } from '../../datasets/labels.ts';
import { argmaxRow } from '../../metrics/inference.ts';
import type { Model } from '../../models/model.ts';
import { outputs } from '../../models/train/network.ts';
import { inParts, sizeOf } from './data.ts';
import type { GroupEncoder } from './groups.ts';

/** What a parity model reaches on consecutive groups of test images, every single erasure counted. */
export interface ParityScore {
  readonly groups: number;
  readonly predictions: number;
  /** Accuracy of the reconstructed predictions. */
  readonly degradedAccuracy: number;
  readonly baseAccuracy: number;
  /** Share of reconstructed predictions with the base model's class. */
  readonly agreementWithBase: number;
  /** Mean squared error of the parity outputs, per output. */
  readonly mse: number;
}

/** The authors' measure (Kosaian et al., SOSP 2019): consecutive groups of test images, each query lost once. */
export async function scoreParity(
  { parity, base }: { readonly parity: Model; readonly base: Model },
  test: Dataset,
  C: Float64Array,
  encode: GroupEncoder,
): Promise<ParityScore> {
  const K = C.length;
  let [groups, right, baseRight, same, squares] = [0, 0, 0, 0, 0];
  const labelOf = labelsOf(test);
  await inParts(test, K, async (first, points) => {
    const count = points.length / (sizeOf(test) * K);
    const answers = Float64Array.from(await base.infer(points, count * K));
    const sums = (await parity.infer(encode(points), count)).slice();
    groups += count;
    const lost = new Float64Array(outputs);
    for (let g = 0; g < count; g++) {
      const rest = new Float64Array(outputs);
      for (let j = 0; j < outputs; j++) {
        let truth = 0;
        for (let i = 0; i < K; i++) truth += C[i]! * answers[(g * K + i) * outputs + j]!;
        rest[j] = sums[g * outputs + j]! - truth;
        squares += rest[j]! ** 2;
      }
      for (let i = 0; i < K; i++) {
        const query = g * K + i;
        for (let j = 0; j < outputs; j++) lost[j] = answers[query * outputs + j]! + rest[j]! / C[i]!;
        const guess = argmaxRow(lost, 0, outputs);
        const own = argmaxRow(answers, query, outputs);
        const label = labelOf(first + query);
        if (guess === label) right++;
        if (own === label) baseRight++;
        if (guess === own) same++;
      }
    }
  });
  const predictions = groups * K;
  return {
    groups,
    predictions,
    degradedAccuracy: right / predictions,
    baseAccuracy: baseRight / predictions,
    agreementWithBase: same / predictions,
    mse: squares / (groups * outputs),
  };
}
