import { classes } from '../../metrics/inference.ts';
import { answerOf, decodePart, survivorsOf } from '../../serving/decode.ts';
import type { Deployed } from '../../serving/deployed.ts';
import { randomStream } from '../../util/random.ts';
import type { AnswerSource } from './answer-source.ts';
import type { Snapshot } from './recorder.ts';

/** What became of the predictions that were looked at. */
export interface Quality {
  /** NaN without labels. */
  readonly accuracy: number;
  readonly baseAccuracy: number;
  /** Share with the class that the model gives the query itself. */
  readonly agreement: number;
  /** Share that did not get the model's own answer. */
  readonly reconstructed: number;
}

/**
 * Decodes what the sampled groups had, from real answers to real queries. A group of fewer queries than a batch (single
 * queries, uncoded) looks at the next ones of the batch.
 * @param seed of the decoders' random numbers
 */
export async function qualityOf(
  deployed: Deployed,
  snapshots: readonly Snapshot[],
  source: AnswerSource,
  trial: number,
  seed: number,
): Promise<Quality> {
  const { K } = deployed.code;
  const batches = source.K / K;
  let [right, baseRight, agreed, other, queries] = [0, 0, 0, 0, 0];
  for (const { queries: group, size, came, answers } of snapshots) {
    const drawn = await source.batch(trial, Math.floor(group / batches), (group % batches) * K, K);
    const { outputs, own } = await predictions(deployed, new Set(came), answers, drawn, seed);
    const { m, truth, labels } = drawn;
    const [predicted, base] = [classes(outputs, m), classes(truth, m)];
    for (let k = 0; k < size; k++) {
      queries++;
      if (!own[k]) other++;
      const answered = !Number.isNaN(outputs[k * m]!);
      if (answered && predicted[k] === base[k]) agreed++;
      if (answered && predicted[k] === labels?.[k]) right++;
      if (base[k] === labels?.[k]) baseRight++;
    }
  }
  const share = (count: number) => (queries === 0 ? Number.NaN : count / queries);
  const labelled = source.labelled ? share : () => Number.NaN;
  return {
    accuracy: labelled(right),
    baseAccuracy: labelled(baseRight),
    agreement: share(agreed),
    reconstructed: share(other),
  };
}

type Drawn = Awaited<ReturnType<AnswerSource['batch']>>;

/** @returns outputs [K, m], NaN for a query of which nothing is known; `own` [K] is 1 where the answer is the model's own */
async function predictions(
  deployed: Deployed,
  came: ReadonlySet<number>,
  received: Snapshot['answers'],
  drawn: Drawn,
  seed: number,
) {
  const { code, parts } = deployed;
  const { m } = drawn;
  const outputs = new Float64Array(code.K * m).fill(Number.NaN);
  const own = new Uint8Array(code.K);
  const random = () => randomStream(seed, 'serving', 'decode');
  for (const part of parts) {
    const survivors = survivorsOf(deployed, part, came);
    if (survivors.length === 0) continue;
    const ofWorker = received && answerOf(deployed, part, received);
    const given = await drawn.answers(part.codec.encoder, part.firstQuery, ofWorker);
    outputs.set(decodePart(part, survivors, { ...given, m }, random) ?? [], part.firstQuery * m);
  }
  code.tasks.forEach(({ query }, task) => {
    if (query >= 0 && came.has(task)) own[query] = 1;
  });
  for (let query = 0; query < code.K; query++) {
    const spare = code.tasks.length + query;
    if (!came.has(spare)) continue;
    own[query] = 1;
    outputs.set(drawn.own(query, received?.get(spare)), query * m);
  }
  return { outputs, own };
}
