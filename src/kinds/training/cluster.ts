import { centre, type PrimeField } from '../../math/finite-field.ts';
import type { Matrix } from '../../math/matrix.ts';
import type { Attack } from '../../workers/attack-spec.ts';

/** Which of the two coded copies a share belongs to: of `X` or of `Xᵀ`. */
export type Copy = 0 | 1;

/** What the master's time goes to; one column each in `iterations.csv`. */
export type Activity = 'compute' | 'wait' | 'verify' | 'decode' | 'recode';

/** Seconds by activity since the ledger was last taken. */
export type Ledger = Record<Activity, number>;

/** The operations of a piece of the master's work: the simulated clock charges them. */
export interface Work {
  /** Products of two field elements. */
  readonly products?: number;
  /** Evaluations of the sigmoid. */
  readonly sigmoids?: number;
}

/** Who is slow and who lies at the moment. */
export interface Faults {
  readonly stragglers: ReadonlySet<number>;
  /** How many times longer a straggler computes. */
  readonly slowdown: number;
  readonly liars: ReadonlySet<number>;
  readonly attack: Attack | undefined;
}

/** One worker's answer. */
export interface Answer {
  readonly worker: number;
  /** [rows of the share] */
  readonly values: Float64Array;
  /** When it came, in seconds of `now()`: the master may have been busy and take it later. */
  readonly received: number;
  /** Seconds that the product itself took, without any slowing down. */
  readonly computeSeconds: number;
}

/**
 * The master's view of its workers and of time. The schemes are written against this: the simulated and the real clock
 * (`simulated-cluster.ts`, `thread-cluster.ts`) run the same code.
 */
export interface Cluster {
  /** Seconds since the cluster started. */
  now(): number;
  /** Work of the master itself, charged to an activity. @param work the operations, or what they are by the result */
  work<T>(activity: Activity, work: Work | ((result: T) => Work), task: () => T): T;
  /**
   * Moves shares to the workers; replaces what they had of this copy.
   * @param shares [workers.length, rows·columns], a worker's share [rows, columns] in its row
   */
  distribute(copy: Copy, workers: readonly number[], shares: Matrix, rows: number, columns: number): Promise<void>;
  /** Faults from now on. */
  setFaults(faults: Faults): void;
  /** Starts a round: each of `workers` multiplies its share by `x`. Workers give up what they were still computing. */
  post(copy: Copy, workers: readonly number[], x: Float64Array): void;
  /** The next answer of the round, charged to `wait`. */
  next(): Promise<Answer>;
  /** Moves seconds from `wait` to `compute`: the part of the waiting in which the answers used were being computed. */
  attribute(computeSeconds: number): void;
  /** The ledger so far; a new one begins. */
  takeLedger(): Ledger;
  close(): Promise<void>;
}

export function emptyLedger(): Ledger {
  return { compute: 0, wait: 0, verify: 0, decode: 0, recode: 0 };
}

/** Attacks on answers over a field: `reversal` by a whole factor c gives `-c·z`, `constant` a whole number everywhere. */
export const fieldAttacks = ['reversal', 'sign-flip', 'constant'] as const;

/**
 * What a Byzantine worker sends instead of `values`.
 * @param attack one of `fieldAttacks`, of whole size
 */
export function lie(field: PrimeField, values: Float64Array, attack: Pick<Attack, 'kind' | 'size'>): Float64Array {
  const factor = centre(field, attack.size);
  if (attack.kind === 'constant') return new Float64Array(values.length).fill(factor);
  return values.map((value) => centre(field, -factor * value));
}
