import { type RandomStream, randomStream } from '../util/random.ts';
import { type Attack, attackText } from '../workers/attack-spec.ts';
import { stragglerLabel } from '../workers/stragglers.ts';
import type { Condition } from './conditions.ts';
import type { ImagePool } from './draw.ts';

/**
 * The random streams of one trial. Each is named by its purpose and by what it applies to, never by a place in a list or a
 * label: cells that are added, removed, reordered or renamed change nothing for the others.
 */
export interface TrialStreams {
  /** Which queries: the same for every K, of which fewer are the first of more. */
  batch(): RandomStream;
  /** Who is late of N workers, under pattern number `pattern`. */
  stragglers(pattern: number, N: number, model: Condition['stragglers']): RandomStream;
  /** Noise on the answers of N workers: the same for every scheme. */
  noise(pattern: number, N: number): RandomStream;
  /** Who lies of N workers, and what. */
  attack(pattern: number, N: number, E: number, attack: Attack): RandomStream;
  /** What a decoder draws: the same for all schemes with N workers under a condition, so that they stay paired. */
  decode(pattern: number, N: number, condition: Condition): RandomStream;
}

export function trialStreams(seed: number, purpose: ImagePool['purpose'], trial: number): TrialStreams {
  const stream = (...keys: (string | number)[]) => randomStream(seed, purpose, trial, ...keys);
  /** The first pattern's is that of a run with one pattern. */
  const ofPattern = (pattern: number, ...keys: (string | number)[]) =>
    pattern === 0 ? stream(...keys) : stream(...keys, 'pattern', pattern);
  return {
    batch: () => stream('batch'),
    stragglers: (pattern, N, model) => ofPattern(pattern, 'stragglers', stragglerLabel(model), N),
    noise: (pattern, N) => ofPattern(pattern, 'noise', N),
    attack: (pattern, N, E, { kind, size, workers }) =>
      ofPattern(pattern, 'attack', N, E, JSON.stringify({ kind, size, workers })),
    decode: (pattern, N, { K, S, E, stragglers, attack }) =>
      ofPattern(pattern, 'decode', K, N, S ?? '', E, stragglerLabel(stragglers), attack ? attackText(attack) : ''),
  };
}
