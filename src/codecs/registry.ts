import { type Registry, registry } from '../util/registry.ts';
import { approxifer } from './approxifer.ts';
import { bacc } from './berrut.ts';
import type { Scheme } from './codec.ts';
import { kriging } from './kriging.ts';
import { nercc } from './nercc.ts';
import { parm } from './parity.ts';
import { replication } from './replication.ts';
import { sbacc } from './sbacc.ts';
import { uncoded } from './uncoded.ts';

/** Options of any scheme, as its own schema gave them. */
export type SchemeOptions = Readonly<Record<string, unknown>>;

/** A scheme of which only the name is known: its methods take what its `options` schema gives. */
export type RegisteredScheme = Scheme<SchemeOptions>;

const all = [uncoded, replication, bacc, nercc, approxifer, parm, kriging, sbacc];

/** Every scheme, by the name a config uses. A new scheme is one file and one line here. */
export const schemes: Registry<RegisteredScheme> = registry('scheme', all);
