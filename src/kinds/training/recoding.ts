import type { Strategy } from './strategy.ts';

/** A worker is late when its answer takes longer than this many times the median answer of the round. */
const lateFactor = 2;
/** Iterations in a row that must allow a larger K before `always` goes back to it, or show what `paying` can save. */
const patience = 3;

/**
 * Who is late, and when a new code is worth its encoding: what a master learns from when answers came. It knows no shares and
 * no values.
 */
export class Recoding {
  readonly #rule: Strategy['recode'];
  readonly #late = new Set<number>();
  /** Seconds that the last encoding took, with keys and transfer: the forecast for the next one. */
  #encodingSeconds = 0;
  /** Seconds of this iteration that were spent waiting for late workers, and on the fastest answers' products. */
  #lateWait = 0;
  #productSeconds = 0;
  /** The same of the iterations before, since the last encoding: the latest last. */
  #lateWaits: number[] = [];
  /** Iterations in a row that allowed a larger K. */
  #allowed = 0;

  constructor(rule: Strategy['recode']) {
    this.#rule = rule;
  }

  isLate(worker: number): boolean {
    return this.#late.has(worker);
  }

  /**
   * Notes who is late; a worker whose answer was neither needed nor overdue keeps its standing.
   * @param asked workers of the round
   * @param durations seconds from asking to the answer, of those that answered before the round ended
   */
  observe(asked: readonly number[], durations: ReadonlyMap<number, number>): void {
    const sorted = [...durations.values()].sort((a, b) => a - b);
    const limit = lateFactor * (sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY);
    const elapsed = sorted.at(-1) ?? 0;
    for (const worker of asked) {
      const duration = durations.get(worker);
      if ((duration ?? elapsed) > limit) this.#late.add(worker);
      else if (duration !== undefined) this.#late.delete(worker);
    }
    if (elapsed > limit) this.#lateWait += elapsed - sorted.findLast((duration) => duration <= limit)!;
  }

  /** The fastest product of a round took so many seconds. */
  computed(seconds: number): void {
    this.#productSeconds += seconds;
  }

  /** A new code is in use; encoding it took so many seconds. */
  encoded(seconds: number): void {
    this.#encodingSeconds = seconds;
    this.#allowed = 0;
    this.#lateWaits = [];
  }

  /**
   * At the end of an iteration: whether to change to a code of `target` blocks.
   * @param K blocks of the code in use
   * @param target the most blocks that workers in time can serve, up to the planned number
   * @param remaining iterations to come
   */
  decide({ K, target, remaining }: { K: number; target: number; remaining: number }): boolean {
    const [lateWait, product] = [this.#lateWait, this.#productSeconds];
    this.#lateWait = 0;
    this.#productSeconds = 0;
    this.#lateWaits.push(lateWait);
    if (this.#rule === 'never' || remaining === 0) return false;
    this.#allowed = target > K ? this.#allowed + 1 : 0;
    if (target === K || target < 1) return false;
    if (this.#rule === 'always') return target < K ? lateWait > 0 : this.#allowed >= patience;
    // fewer blocks are larger blocks: the product's time goes as 1/K. The least of some iterations: one may wait by chance
    const recent = this.#lateWaits.slice(-patience);
    const saved = (target < K ? Math.min(...recent) : 0) + product * (1 - K / target);
    return recent.length === patience && saved * remaining > this.#encodingSeconds;
  }
}
