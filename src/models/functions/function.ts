import type * as z from 'zod';
import type { Member } from '../../util/registry.ts';

/** A function `R^D -> R^m` in doubles, written out as a formula. */
interface ClosedForm {
  /** Numbers of a point. */
  readonly D: number;
  /** Numbers of an answer. */
  readonly m: number;
  /**
   * @param points [count, D] row-major
   * @param out [count, m], overwritten
   */
  apply(points: Float64Array, count: number, out: Float64Array): void;
}

/** A closed form by the name a config uses: `{function: name, …options}`. One file a function; `registry.ts` lists them. */
export interface FunctionKind<Options extends { readonly function: string } = { readonly function: string }>
  extends Member {
  /** What the config says, its name included. */
  readonly options: z.ZodType<Options>;
  /** The function of these options; the same options, the same function. */
  make(options: Options): ClosedForm;
}

/** The table's member with the schema of its options as a type. */
export function functionKind<Schema extends z.ZodType<{ readonly function: string }>>(
  kind: FunctionKind<z.output<Schema>> & { readonly options: Schema },
): FunctionKind<z.output<Schema>> & { readonly options: Schema } {
  return kind;
}

/** The most numbers that a point, an answer or a layer may have. */
export const mostUnits = 100_000;
