import { timerDelay } from '../util/clock.ts';
import type { Clock } from './deployment.ts';
import type { Dispatcher } from './dispatcher.ts';

/** One task, as whoever computes it has to know it. */
interface LiveTask {
  readonly worker: number;
  readonly slot: number;
  readonly group: number;
  readonly index: number;
  /** Aborted when nobody needs the answer any more. */
  readonly signal: AbortSignal;
}

export interface LiveClockOptions {
  /** Real seconds that a second of the clock lasts. */
  readonly dilation?: number;
  /** Computes a task. It rejects when there is no answer, and soon after its signal. */
  work(task: LiveTask): Promise<void>;
}

/**
 * Real seconds for which a worker that failed gets nothing to do: a server that refuses at once would be idle again at once, and
 * swallow all tasks of a shared queue.
 */
const restSeconds = 0.1;

/** A real clock, behind which tasks are really computed: one at a time on each worker. */
export class LiveClock implements Clock {
  dispatcher: Dispatcher | undefined;
  /** Tasks that got no answer. */
  failures = 0;
  /** Seconds by which timers came too late. */
  readonly delays: number[] = [];
  readonly #dilation: number;
  readonly #work: LiveClockOptions['work'];
  readonly #began = performance.now();
  readonly #aborts = new Map<number, AbortController>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #over = false;

  constructor({ dilation = 1, work }: LiveClockOptions) {
    this.#dilation = dilation;
    this.#work = work;
  }

  get now(): number {
    return (performance.now() - this.#began) / 1000 / this.#dilation;
  }

  /** Calls back at a time; at the next turn of the event loop where it is past. */
  at(time: number, run: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.delays.push(Math.max(0, this.now - time));
        run();
      },
      timerDelay((time - this.now) * this.#dilation),
    );
    this.#timers.add(timer);
  }

  wake(time: number, kind: number, id: number, group: number): void {
    this.at(time, () => this.dispatcher!.timer(kind, id, group));
  }

  start(worker: number, slot: number, group: number, index: number): void {
    const task = this.#compute(worker, slot, group, index).finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  abort(worker: number): void {
    this.#aborts.get(worker)?.abort();
  }

  /** Tasks under way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Ends what is under way and nobody needs any more: timers and tasks. */
  async settle(): Promise<void> {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const controller of this.#aborts.values()) controller.abort();
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #compute(worker: number, slot: number, group: number, index: number): Promise<void> {
    const controller = new AbortController();
    this.#aborts.set(worker, controller);
    try {
      await this.#work({ worker, slot, group, index, signal: controller.signal });
    } catch {
      if (this.#over) return;
      if (controller.signal.aborted) return this.dispatcher!.freed(worker);
      this.failures++;
      this.dispatcher!.failed(worker);
      return this.at(this.now + restSeconds / this.#dilation, () => this.dispatcher!.rested(worker));
    }
    if (!this.#over) this.dispatcher!.finished(worker);
  }
}
