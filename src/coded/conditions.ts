import { withoutRepeats } from '../config/values.ts';
import type { Attack } from '../workers/attack-spec.ts';
import type { StragglerModel } from '../workers/faults/stragglers/registry.ts';
import { takesCount } from '../workers/stragglers.ts';
import type { CodedConfig } from './config.ts';
import { sharedWorkers } from './worker-counts.ts';

/** What the schemes of a comparison share. */
export interface Condition {
  readonly output: 'logits' | 'softmax';
  readonly K: number;
  /** Absent when every scheme gets the fewest workers that tolerate S and E. */
  readonly N?: number;
  /** Absent when the straggler model itself says how many there are. */
  readonly S?: number;
  readonly E: number;
  readonly stragglers: StragglerModel;
  readonly attack?: Attack;
  /** Standard deviation of the noise on every answer; absent: none. */
  readonly noise?: number;
}

/** The product of the config's lists, in the order the columns of a result have. */
export function expandConditions(config: CodedConfig): Condition[] {
  const conditions: Condition[] = [];
  for (const output of config.output)
    for (const setting of settingsOf(config))
      for (const attack of setting.E > 0 ? (config.attack ?? [undefined]) : [undefined]) {
        const N = setting.N ?? sharedWorkers(config, { ...setting, S: setting.S ?? 0 });
        conditions.push({
          output,
          ...setting,
          ...(N !== undefined && { N }),
          ...(attack !== undefined && { attack }),
          ...(config.noise !== undefined && { noise: config.noise }),
        });
      }
  return withoutRepeats(conditions);
}

/** The values of K, N, S and E with each straggler model: those of `settings:`, or the product of the lists. */
function settingsOf(config: CodedConfig): Omit<Condition, 'output' | 'attack' | 'noise'>[] {
  const workers = Array.isArray(config.N) ? config.N : [undefined];
  const bases = config.settings ?? config.K.flatMap((K) => workers.map((N) => ({ K, N, S: undefined, E: undefined })));
  return bases.flatMap(({ K, N, S: late, E: lying }) =>
    config.stragglers.flatMap((stragglers) =>
      (late !== undefined ? [late] : takesCount(stragglers) ? config.S : [undefined]).flatMap((S) =>
        (lying !== undefined ? [lying] : config.E).map((E) => ({
          K,
          E,
          stragglers,
          ...(N !== undefined && { N }),
          ...(S !== undefined && { S }),
        })),
      ),
    ),
  );
}
