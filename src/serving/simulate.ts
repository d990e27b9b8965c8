import type { Code } from './code.ts';
import type { Clock, Deployment, Listener } from './deployment.ts';
import { Dispatcher } from './dispatcher.ts';
import { EventList } from './event-list.ts';

/** What comes in, and how long everything takes. */
export interface Load {
  /** Seconds at which requests are scheduled to arrive, ascending. Latency counts from here, whatever else happens. */
  readonly arrivals: Float64Array;
  /**
   * Seconds that a task takes on a worker.
   * @param group number of the group. @param index place of the task in the group. @param start when it begins
   */
  service(group: number, index: number, worker: number, start: number): number;
  /** Seconds that ending a running task costs its worker. */
  readonly abortCost?: number;
}

/** What a simulated run came to. */
export interface Simulated {
  /** Events that were handled: arrivals, ends of tasks, timers. */
  readonly events: number;
  readonly tasks: number;
  readonly copies: number;
  /** Seconds until the last request was answered. */
  readonly end: number;
}

const kinds = { finished: 0 } as const;

/** Serves a load on a simulated clock, to the last request. */
export function simulate(
  code: Code,
  deployment: Deployment,
  load: Load,
  listener: (clock: { readonly now: number }, dispatcher: () => Dispatcher) => Listener,
): Simulated {
  const clock = new SimulatedClock(
    load,
    deployment.pools.reduce((sum, count) => sum + count, 0),
  );
  const dispatcher: Dispatcher = new Dispatcher(
    code,
    deployment,
    clock,
    listener(clock, () => dispatcher),
  );
  const events = clock.run(dispatcher, deployment.wait !== undefined);
  return { events, tasks: dispatcher.tasks, copies: dispatcher.copies, end: clock.now };
}

class SimulatedClock implements Clock {
  now = 0;
  readonly #events = new EventList();
  readonly #load: Load;
  /** A worker's events before this number are void. */
  readonly #version: Int32Array;
  readonly #aborted: Uint8Array;

  constructor(load: Load, workers: number) {
    this.#load = load;
    this.#version = new Int32Array(workers);
    this.#aborted = new Uint8Array(workers);
  }

  start(worker: number, _slot: number, group: number, index: number): void {
    const end = this.now + this.#load.service(group, index, worker, this.now);
    this.#events.schedule(end, kinds.finished, worker, ++this.#version[worker]!);
  }

  abort(worker: number): void {
    this.#aborted[worker] = 1;
    this.#events.schedule(this.now + (this.#load.abortCost ?? 0), kinds.finished, worker, ++this.#version[worker]!);
  }

  wake(time: number, kind: number, id: number, group: number): void {
    this.#events.schedule(time, kind, id, group);
  }

  /** Requests that arrive at the time of another event come after it. @returns events handled */
  run(dispatcher: Dispatcher, single: boolean): number {
    const { arrivals } = this.#load;
    const events = this.#events;
    const version = this.#version;
    const aborted = this.#aborted;
    let handled = 0;
    let next = 0;
    let arrival = arrivals.length > 0 ? arrivals[0]! : Number.POSITIVE_INFINITY;
    for (;;) {
      const time = events.time;
      if (arrival < time) {
        this.now = arrival;
        if (single) dispatcher.arriveSingle(next++);
        else dispatcher.arriveWhole(next++);
        arrival = next < arrivals.length ? arrivals[next]! : Number.POSITIVE_INFINITY;
        if (next === arrivals.length) dispatcher.drain();
        handled++;
        continue;
      }
      if (events.size === 0) return handled;
      const event = events.take();
      const id = events.idOf(event);
      const stamp = events.stampOf(event);
      const kind = events.kindOf(event);
      if (kind === kinds.finished) {
        if (stamp !== version[id]) continue;
        this.now = time;
        handled++;
        if (aborted[id]) {
          aborted[id] = 0;
          dispatcher.freed(id);
        } else dispatcher.finished(id);
      } else {
        // a timer that nobody waits for does not lengthen the run
        if (dispatcher.groups.underWay === 0 && next === arrivals.length) continue;
        this.now = time;
        dispatcher.timer(kind, id, stamp);
        handled++;
      }
    }
  }
}
