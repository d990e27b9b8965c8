import { registry } from '../util/registry.ts';
import { approxifer } from './approxifer.ts';
import { bacc } from './berrut.ts';
import type { Scheme } from './codec.ts';
import { kriging } from './kriging.ts';
import { nercc } from './nercc.ts';
import { parm } from './parity.ts';
import { replication } from './replication.ts';
import { uncoded } from './uncoded.ts';

/** Every scheme, by the name a config uses. A new scheme is one file and one line here. */
export const schemes = registry<Scheme>('scheme', [uncoded, replication, bacc, nercc, approxifer, parm, kriging]);
