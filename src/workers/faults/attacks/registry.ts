import { type Registry, registry } from '../../../util/registry.ts';
import type { AttackKind } from './attack.ts';
import { collusion } from './collusion.ts';
import { constant } from './constant.ts';
import { gaussian } from './gaussian.ts';
import { greedy } from './greedy.ts';
import { mimicry } from './mimicry.ts';
import { reversal } from './reversal.ts';
import { signFlip } from './sign-flip.ts';

const kinds = [gaussian, constant, reversal, collusion, signFlip, mimicry, greedy] as const;

export type AttackName = (typeof kinds)[number]['name'];

/** Every attack, by the name a config uses. A new attack is one file and one line here. */
export const attacks: Registry<AttackKind<AttackName>> = registry('attack', kinds);
