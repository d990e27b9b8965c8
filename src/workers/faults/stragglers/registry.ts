import { type EntryOf, entrySchema } from '../../../util/entries.ts';
import { registry } from '../../../util/registry.ts';
import { bernoulli } from './bernoulli.ts';
import { contiguous } from './contiguous.ts';
import { deadline } from './deadline.ts';
import type { StragglerKind } from './straggler.ts';
import { uniform } from './uniform.ts';

const kinds = [uniform, contiguous, bernoulli, deadline] as const;

/** Every straggler model, by the name a config uses. A new model is one file and one line here. */
export const stragglers = registry<StragglerKind>('straggler model', kinds);

export const stragglerSchema = entrySchema(kinds);
export type StragglerModel = EntryOf<(typeof kinds)[number]>;
