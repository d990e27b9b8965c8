import { nearest, UserError } from '../util/errors.ts';
import { approxifer } from './approxifer.ts';
import { bacc } from './berrut.ts';
import type { Scheme } from './codec.ts';
import { kriging } from './kriging.ts';
import { nercc } from './nercc.ts';
import { parm } from './parity.ts';
import { replication } from './replication.ts';
import { uncoded } from './uncoded.ts';

/** Options of any scheme, as its own schema gave them. */
export type SchemeOptions = Readonly<Record<string, unknown>>;

/** A scheme of which only the name is known: its methods take what its `options` schema gives. */
export type RegisteredScheme = Scheme<SchemeOptions>;

const all: readonly RegisteredScheme[] = [uncoded, replication, bacc, nercc, approxifer, parm, kriging];

/** Every scheme, by the name a config uses. A new scheme is one file and one line here. */
export const schemes: ReadonlyMap<string, RegisteredScheme> = new Map(all.map((scheme) => [scheme.name, scheme]));

/** @throws UserError with the nearest name for one that does not exist */
export function schemeByName(name: string): RegisteredScheme {
  const scheme = schemes.get(name);
  if (scheme) return scheme;
  const guess = nearest(name, schemes.keys());
  throw new UserError(
    `unknown scheme "${name}"${guess ? `; did you mean "${guess}"?` : ''} (known: ${[...schemes.keys()].join(', ')})`,
  );
}
