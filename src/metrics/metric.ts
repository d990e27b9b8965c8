import type { Member } from '../util/registry.ts';
import type { Measurement } from './measurement.ts';

/** What is measured in a trial. `table.ts` lists them. */
export interface Metric<Name extends string = string> extends Member<Name> {
  /** As an axis or a table heading prints it. */
  readonly label: string;
  /** `share`: a count of queries over a count of queries (a ratio of two for RelAcc); empty for a pure number. */
  readonly unit: '' | 'share';
  /** Which way is better; `none` where neither is (a property of the base model or of the draw). */
  readonly better: 'lower' | 'higher' | 'none';
  /** Which runs have it: every one, those with a systematic scheme, those with Byzantine workers, with noise, parity trainings. */
  readonly runs: 'all' | 'systematic' | 'byzantine' | 'noisy' | 'parity';
  /** Set where it is over some of the queries, and each scheme has its own: unlike ones say nothing of who is better. */
  readonly someQueries?: true;
  /** @returns undefined or NaN where it is not defined */
  of(measured: Measurement): number | undefined;
}

/** The table's member with its name as a type. A member without `of` does not compile. */
export function metric<const Name extends string>(member: Metric<Name>): Metric<Name> {
  return member;
}
