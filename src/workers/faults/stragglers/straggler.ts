import type * as z from 'zod';
import type { EntryMember } from '../../../util/entries.ts';
import type { RandomStream } from '../../../util/random.ts';

/** What a model draws late workers from. */
interface LateDraw {
  /** Workers. */
  readonly N: number;
  /** Stragglers, for the models that take their number; S < N. */
  readonly S: number;
  /** A fresh stream of the trial. */
  readonly stream: RandomStream;
}

/** Which workers do not answer in time (theory: "Straggler models"). One file a model; `registry.ts` lists them. */
export interface StragglerKind<Name extends string = string, Options = unknown> extends EntryMember<Name, Options> {
  /** Whether it takes the number of stragglers `S`; otherwise how many there are is itself random. */
  readonly takesCount: boolean;
  /** Its parameters as the `stragglers` column prints them; absent for a model without any. */
  parameters?(options: Options): string;
  /** @returns [N], 1 for the workers that are late */
  late(options: Options, draw: LateDraw): Uint8Array;
}

/** A model with parameters. */
export interface StragglerLaw<Name extends string, Options> extends StragglerKind<Name, Options> {
  readonly options: z.ZodType<Options>;
  parameters(options: Options): string;
}

/** The table's member with its name and options as types. A member without `late` does not compile. */
export function stragglerKind<const Name extends string>(
  kind: StragglerKind<Name, undefined>,
): StragglerKind<Name, undefined>;
export function stragglerKind<const Name extends string, Options>(
  kind: StragglerLaw<Name, Options>,
): StragglerLaw<Name, Options>;
export function stragglerKind(kind: StragglerKind): StragglerKind {
  return kind;
}
