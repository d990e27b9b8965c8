import type { Batch, Encoding } from '../codecs/codec.ts';
import { isFailure, unlessFailed } from '../coded/failure.ts';
import type { RandomStream } from '../util/random.ts';
import type { DecodedPart, Deployed } from './deployed.ts';

/** What there is to decode a part of a group from. */
export interface PartAnswers {
  /** [N, m] of the part's codec; rows of tasks that did not come must not be read. */
  readonly answers: Float64Array;
  readonly m: number;
  readonly encoding: Encoding;
  readonly batch: Batch;
}

/** Workers of a part's codec that answered, ascending; a query's spare task counts as its own. @param came tasks of the group */
export function survivorsOf({ code }: Deployed, { tasks }: DecodedPart, came: ReadonlySet<number>): Int32Array {
  const there = (task: number) => {
    const { query } = code.tasks[task]!;
    return came.has(task) || (query >= 0 && came.has(code.tasks.length + query));
  };
  return Int32Array.from(tasks.flatMap((task, worker) => (there(task) ? [worker] : [])));
}

/** What each worker of a part's codec answered, by its own task or by the spare of its query. @param received by task of the group */
export function answerOf<T>({ code }: Deployed, { tasks }: DecodedPart, received: ReadonlyMap<number, T>) {
  return (worker: number): T | undefined => {
    const task = tasks[worker]!;
    const { query } = code.tasks[task]!;
    return received.get(task) ?? (query < 0 ? undefined : received.get(code.tasks.length + query));
  };
}

/** Outputs of the queries of a part, [K, m]; undefined where nothing can be said of them. */
export function decodePart(
  { codec }: DecodedPart,
  survivors: Int32Array,
  given: PartAnswers,
  random: () => RandomStream,
): Float64Array | undefined {
  const decoded = unlessFailed(() => codec.decoder.decode({ ...given, survivors, E: 0, random }));
  return isFailure(decoded) ? undefined : decoded.outputs;
}
