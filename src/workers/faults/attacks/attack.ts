import type * as z from 'zod';
import type { RandomStream } from '../../../util/random.ts';
import type { Member } from '../../../util/registry.ts';

/** What liars know when they make up their answers. */
interface Lying {
  /** Outputs of the model, `m`. */
  readonly m: number;
  /** Standard deviation, value or factor, in units of the outputs; 1 for the attacks without one. */
  readonly size: number;
  readonly stream: RandomStream;
  /** True answers [N, m] row-major of all workers. */
  readonly answers: Float64Array;
  /** Worker numbers that answer, ascending. */
  readonly survivors: Int32Array;
}

/** How a Byzantine worker's answer differs from the true one. One file an attack; `registry.ts` lists them. */
export interface AttackKind<Name extends string = string> extends Member<Name> {
  /** Its number in a config entry; absent for an attack without one. */
  readonly size?: {
    readonly schema: z.ZodType<number>;
    /** Where the config names only the attack. */
    readonly usual: number;
    readonly meaning: string;
  };
  /**
   * Called once for the liars of a batch; the function that it returns then makes the answer of each, in ascending order.
   * @returns changes the row [m] of one liar, which holds the true answer
   */
  liar(lying: Lying): (row: Float64Array, worker: number) => void;
}

/** The table's member with its name as a type. A member without `liar` does not compile. */
export function attackKind<const Name extends string>(kind: AttackKind<Name>): AttackKind<Name> {
  return kind;
}
