import type * as z from 'zod';
import type { EntryMember } from '../../util/entries.ts';
import type { RandomStream } from '../../util/random.ts';

/** How long a worker takes. One file a law; `registry.ts` lists them. */
export interface LatencyLaw<Name extends string = string, Options = unknown> extends EntryMember<Name, Options> {
  /** All times in seconds once parsed. */
  readonly options: z.ZodType<Options>;
  /**
   * @param u the worker's first uniform number, in (0, 1]; laws that need more take them from the stream
   * @returns seconds
   */
  draw(options: Options, u: number, stream: RandomStream): number;
}

/** The table's member with its name and options as types. A member without `draw` does not compile. */
export function latencyLaw<const Name extends string, Options>(
  law: LatencyLaw<Name, Options>,
): LatencyLaw<Name, Options> {
  return law;
}
