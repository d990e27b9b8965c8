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

/** What liars who act together know besides. */
interface Conspiring extends Lying {
  /** How many lie. */
  readonly E: number;
  /** `B_F` [K, survivors] row-major: what each answer adds to each decoded output. */
  readonly influence: Float64Array;
}

/** What a conspiracy comes to. */
interface Conspiracy {
  /** Worker numbers, ascending. */
  readonly liars: Int32Array;
  /** [E, m] what they answer, in the order of `liars`. */
  readonly lies: Float64Array;
}

interface Described<Name extends string> extends Member<Name> {
  /** Its number in a config entry; absent for an attack without one. */
  readonly size?: {
    readonly schema: z.ZodType<number>;
    /** Where the config names only the attack. */
    readonly usual: number;
    readonly meaning: string;
  };
}

/** An attack whose liars are chosen without looking at the decoder. */
interface Lone<Name extends string> extends Described<Name> {
  /**
   * Called once for the liars of a batch; the function that it returns then makes the answer of each, in ascending order.
   * @returns changes the row [m] of one liar, which holds the true answer
   */
  liar(lying: Lying): (row: Float64Array, worker: number) => void;
  readonly conspire?: never;
}

/** An attack by liars who know a linear decoder, and choose who of them lies. */
interface Joint<Name extends string> extends Described<Name> {
  conspire(conspiring: Conspiring): Conspiracy;
  readonly liar?: never;
}

/** How Byzantine workers' answers differ from the true ones. One file an attack; `registry.ts` lists them. */
export type AttackKind<Name extends string = string> = Lone<Name> | Joint<Name>;

/** The table's member with its name as a type. A member that does nothing does not compile. */
export function attackKind<const Name extends string>(kind: AttackKind<Name>): AttackKind<Name> {
  return kind;
}
