import { isFailure, unlessFailed } from '../../coded/failure.ts';
import { classes } from '../../metrics/inference.ts';
import { randomStream } from '../../util/random.ts';
import type { AnswerSource } from './answer-source.ts';
import type { Deployed } from './deployed.ts';
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
  { code, parts }: Deployed,
  came: ReadonlySet<number>,
  received: Snapshot['answers'],
  drawn: Drawn,
  seed: number,
) {
  const { m } = drawn;
  const outputs = new Float64Array(code.K * m).fill(Number.NaN);
  const own = new Uint8Array(code.K);
  const spare = (query: number) => came.has(code.tasks.length + query);
  for (const { codec, firstQuery, tasks } of parts) {
    const there = (task: number) => came.has(task) || (code.tasks[task]!.query >= 0 && spare(code.tasks[task]!.query));
    const survivors = Int32Array.from(tasks.flatMap((task, worker) => (there(task) ? [worker] : [])));
    if (survivors.length > 0) {
      const ofWorker = (worker: number) => {
        const task = tasks[worker]!;
        return received?.get(task) ?? received?.get(code.tasks.length + code.tasks[task]!.query);
      };
      const { answers, encoding, batch } = await drawn.answers(codec.encoder, firstQuery, received && ofWorker);
      const random = () => randomStream(seed, 'serving', 'decode');
      const decoded = unlessFailed(() =>
        codec.decoder.decode({ answers, m, survivors, encoding, batch, E: 0, random }),
      );
      if (!isFailure(decoded)) outputs.set(decoded.outputs, firstQuery * m);
    }
  }
  code.tasks.forEach(({ query }, task) => {
    if (query >= 0 && came.has(task)) own[query] = 1;
  });
  for (let query = 0; query < code.K; query++) {
    if (!spare(query)) continue;
    own[query] = 1;
    outputs.set(drawn.own(query, received?.get(code.tasks.length + query)), query * m);
  }
  return { outputs, own };
}
