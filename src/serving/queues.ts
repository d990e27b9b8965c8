import type { Groups } from './groups.ts';

const none = -1;

/**
 * Who waits for whom: tasks in first-in, first-out queues, one a pool or one a worker, and the idle workers of each pool, of
 * which the one that has been idle longest is first. A task that is not needed any more stays in its queue until its turn and is
 * then passed over.
 */
export class Queues {
  /** First worker of each pool; workers of a pool are neighbours. */
  readonly first: Int32Array;
  readonly size: Int32Array;
  readonly poolOf: Int32Array;
  readonly own: boolean;
  /** Tasks a worker runs or has waiting; with queues of pools only those it runs. */
  readonly load: Int32Array;
  /** 1 for a worker that failed and is left alone for a while. */
  readonly resting: Uint8Array;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** Idle workers of a pool, in a ring of its size. */
  readonly #idle: Int32Array;
  readonly #idleFrom: Int32Array;
  readonly #idleCount: Int32Array;
  readonly #turn: Int32Array;

  /** @param pools workers of each pool. @param own a queue a worker instead of one a pool */
  constructor(pools: readonly number[], own: boolean) {
    const workers = pools.reduce((sum, count) => sum + count, 0);
    this.own = own;
    this.size = Int32Array.from(pools);
    this.first = new Int32Array(pools.length);
    for (let pool = 1; pool < pools.length; pool++) this.first[pool] = this.first[pool - 1]! + pools[pool - 1]!;
    this.poolOf = new Int32Array(workers);
    pools.forEach((count, pool) => {
      this.poolOf.fill(pool, this.first[pool]!, this.first[pool]! + count);
    });
    this.load = new Int32Array(workers);
    this.resting = new Uint8Array(workers);
    this.#head = new Int32Array(own ? workers : pools.length).fill(none);
    this.#tail = new Int32Array(own ? workers : pools.length).fill(none);
    this.#idle = Int32Array.from({ length: workers }, (_, worker) => worker);
    this.#idleFrom = new Int32Array(pools.length);
    this.#idleCount = Int32Array.from(pools);
    this.#turn = new Int32Array(pools.length);
  }

  get workers(): number {
    return this.poolOf.length;
  }

  /** The idle worker of a pool whose turn it is; -1 when all are busy. */
  takeIdle(pool: number): number {
    const count = this.#idleCount[pool]!;
    if (count === 0) return none;
    const [first, size, from] = [this.first[pool]!, this.size[pool]!, this.#idleFrom[pool]!];
    this.#idleFrom[pool] = from + 1 === size ? 0 : from + 1;
    this.#idleCount[pool] = count - 1;
    return this.#idle[first + from]!;
  }

  addIdle(worker: number): void {
    const pool = this.poolOf[worker]!;
    const size = this.size[pool]!;
    const place = this.#idleFrom[pool]! + this.#idleCount[pool]!++;
    this.#idle[this.first[pool]! + (place >= size ? place - size : place)] = worker;
  }

  /** The worker of a pool whose turn it is, busy or not; one that rests is passed over unless all do. */
  inTurn(pool: number): number {
    const [first, size] = [this.first[pool]!, this.size[pool]!];
    for (let tries = size; ; tries--) {
      const turn = this.#turn[pool]!;
      this.#turn[pool] = turn + 1 === size ? 0 : turn + 1;
      if (tries === 0 || !this.resting[first + turn]) return first + turn;
    }
  }

  /** The worker of a pool with the least to do, another one than `except`; the first of equals. */
  leastLoaded(pool: number, except: number): number {
    let best = none;
    const from = this.first[pool]!;
    for (let worker = from; worker < from + this.size[pool]!; worker++)
      if (worker !== except && !this.resting[worker] && (best === none || this.load[worker]! < this.load[best]!))
        best = worker;
    return best === none ? except : best;
  }

  /** @param queue number of the pool, or of the worker where each has its own */
  push(groups: Groups, queue: number, task: number): void {
    groups.next[task] = none;
    const last = this.#tail[queue]!;
    if (last === none) this.#head[queue] = task;
    else groups.next[last] = task;
    this.#tail[queue] = task;
  }

  /** The next task of a worker's queue that is still wanted, or not: then its state is no longer `queued`. -1 when empty. */
  shift(groups: Groups, worker: number): number {
    const queue = this.own ? worker : this.poolOf[worker]!;
    const task = this.#head[queue]!;
    if (task === none) return none;
    this.#head[queue] = groups.next[task]!;
    if (this.#head[queue] === none) this.#tail[queue] = none;
    return task;
  }
}
