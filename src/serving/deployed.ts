import type { Codec } from '../codecs/codec.ts';
import { composeCodec } from '../codecs/compose.ts';
import { schemes } from '../codecs/registry.ts';
import type { SchemeEntry } from '../coded/entries.ts';
import { UserError } from '../util/errors.ts';
import { type Code, copiesCode, jointCode, parityCode, plainCode } from './code.ts';

/** A scheme on its workers: what a dispatcher has to know, and how answers become predictions. */
export interface Deployed {
  readonly code: Code;
  /** Workers of each pool; pool 0 runs the base model. */
  readonly pools: readonly number[];
  /** The parity model of each pool; undefined for the base model. */
  readonly models: readonly (string | undefined)[];
  readonly parts: readonly DecodedPart[];
  /** Whether every prediction is approximate and any answers are enough. */
  readonly joint: boolean;
}

/** Queries that one codec encodes and decodes together. */
export interface DecodedPart {
  readonly codec: Codec;
  /** Place of its first query in the group. */
  readonly firstQuery: number;
  /** [N] of the codec: the task of the group that each of its workers is. */
  readonly tasks: readonly number[];
}

interface Size {
  readonly K: number;
  readonly N: number;
  readonly workers: number;
  /** Answers that joint codes wait for. */
  readonly need: number;
  /** Requests are single queries: what needs no group has groups of one. */
  readonly single: boolean;
}

/** Whether any answers of a scheme are enough: its predictions are approximate, or its decoder is. */
export function isJoint({ scheme, combination }: SchemeEntry): boolean {
  return schemes.get(scheme).systematic !== true || combination.decoder === 'kriging';
}

/**
 * Puts a scheme on its workers.
 * @throws UserError for a scheme that cannot have these K, N and workers
 */
export function deploy(entry: SchemeEntry, size: Size): Deployed {
  const { K, N, workers, need, single } = size;
  const scheme = schemes.get(entry.scheme);
  const combination = { ...entry.combination, locator: 'none' } as const;
  const compose = (k: number, n: number) => composeCodec(scheme, entry.options, combination, k, n);
  const first = (count: number) => Array.from({ length: count }, (_, i) => i);
  if (isJoint(entry)) {
    const codec = compose(K, scheme.fixedWorkers?.(K) ?? N);
    const tasks = first(codec.encoder.N);
    if (need > tasks.length)
      throw new UserError(`${entry.label} has ${tasks.length} tasks, of which need = ${need} never come`);
    const code = jointCode(K, tasks.length, need);
    return { code, pools: [workers], models: [undefined], parts: [{ codec, firstQuery: 0, tasks }], joint: true };
  }
  if (scheme.ownModels) return parities(entry, size, compose);
  const fixed = scheme.fixedWorkers?.(K);
  const k = single && fixed === K ? 1 : K;
  const codec = compose(k, fixed === undefined ? N : k);
  const { matrix } = codec.encoder;
  const queries = first(matrix.rows).map((row) => matrix.data.subarray(row * k, (row + 1) * k).indexOf(1));
  const code = fixed === undefined ? copiesCode(k, queries) : plainCode(k);
  const parts = [{ codec, firstQuery: 0, tasks: first(matrix.rows) }];
  return { code, pools: [workers], models: [undefined], parts, joint: false };
}

/** ParM with its N - K parity workers: the queries are split into as many groups, as even as can be, of one parity each. */
function parities(entry: SchemeEntry, { K, N, workers }: Size, compose: (K: number, N: number) => Codec): Deployed {
  const groups = N - K;
  if (groups < 1) throw new UserError(`${entry.label} with K = ${K} needs N ≥ K + 1: a parity`);
  if ((workers * K) % N !== 0)
    throw new UserError(
      `${entry.label}: ${workers} workers cannot be shared out among queries and parities as ${K} : ${groups}; give a multiple of N = ${N}`,
    );
  const sizes = Array.from(
    { length: groups },
    (_, g) => Math.floor(((g + 1) * K) / groups) - Math.floor((g * K) / groups),
  );
  const models = [...new Set(sizes)];
  const pools = [
    (workers * K) / N,
    ...models.map((size) => sizes.filter((other) => other === size).length * (workers / N)),
  ];
  const codecs = new Map(models.map((size) => [size, compose(size, size + 1)]));
  const parityOf = (size: number) => codecs.get(size)!.encoder.workerModels!.get(size)!;
  let firstQuery = 0;
  const parts = sizes.map((size, g): DecodedPart => {
    const tasks = [...Array.from({ length: size }, (_, i) => firstQuery + i), K + g];
    const part = { codec: codecs.get(size)!, firstQuery, tasks };
    firstQuery += size;
    return part;
  });
  const code = parityCode(
    sizes,
    sizes.map((size) => 1 + models.indexOf(size)),
  );
  return { code, pools, models: [undefined, ...models.map(parityOf)], parts, joint: false };
}
