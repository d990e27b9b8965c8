import type { RemoteModel } from '../protocol/client.ts';
import { timerDelay } from '../util/clock.ts';
import type { Code } from './code.ts';
import { type Clock, type Deployment, Dispatcher, type Listener } from './dispatcher.ts';
import { serviceParameter } from './model-server.ts';
import type { Load } from './simulate.ts';

/** What a live run is given besides its load. */
export interface LiveOptions {
  /** The server of each worker, in the order of the pools. */
  readonly remotes: readonly RemoteModel[];
  /** [D], what a task computes on. */
  point(group: number, index: number): Float32Array;
  /** Takes an answer, [m]. */
  answer?(slot: number, index: number, values: Float32Array): void;
  /** How many times slower than the load says everything goes, so that the dispatcher's own time is small beside it. */
  readonly dilation: number;
  /** Whether servers are told how long to take; otherwise they take what they take. */
  readonly timed: boolean;
}

export interface LiveRun {
  readonly tasks: number;
  readonly copies: number;
  /** Tasks that got no answer. */
  readonly failures: number;
  /** Seconds of the load's time that each task took beyond its service time, sorted: the overhead. Only where servers are timed. */
  readonly overheads: Float64Array;
}

/**
 * Serves a load with real servers, in real time: the same dispatcher as `simulate`, another clock. All times of load and
 * deployment are in the load's seconds, which last `dilation` real ones.
 */
export async function serveLive(
  code: Code,
  deployment: Deployment,
  load: Load,
  options: LiveOptions,
  listener: (clock: { readonly now: number }, dispatcher: () => Dispatcher) => Listener,
): Promise<LiveRun> {
  const clock = new LiveClock(load, options);
  let open = load.arrivals.length;
  let allAnswered: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    allAnswered = resolve;
  });
  const told = listener(clock, () => dispatcher);
  const dispatcher: Dispatcher = new Dispatcher(code, deployment, clock, {
    ...told,
    answered(request, degraded) {
      told.answered(request, degraded);
      if (--open === 0) allAnswered();
    },
  });
  clock.dispatcher = dispatcher;
  const single = deployment.wait !== undefined;
  const arrive = (request: number) => {
    // what should have come by now comes at once: latency counts from the schedule
    for (let next = request; ; next++) {
      if (single) dispatcher.arriveSingle(next);
      else dispatcher.arriveWhole(next);
      if (next + 1 === load.arrivals.length) return dispatcher.drain();
      if (load.arrivals[next + 1]! > clock.now) return clock.at(load.arrivals[next + 1]!, () => arrive(next + 1));
    }
  };
  clock.at(load.arrivals[0]!, () => arrive(0));
  await end;
  await clock.settle();
  const { failures } = clock;
  return {
    tasks: dispatcher.tasks,
    copies: dispatcher.copies,
    failures,
    overheads: Float64Array.from(clock.overheads).sort(),
  };
}

class LiveClock implements Clock {
  dispatcher: Dispatcher | undefined;
  failures = 0;
  readonly overheads: number[] = [];
  readonly #load: Load;
  readonly #options: LiveOptions;
  readonly #began = performance.now();
  readonly #aborts: (AbortController | undefined)[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #over = false;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(load: Load, options: LiveOptions) {
    this.#load = load;
    this.#options = options;
  }

  get now(): number {
    return (performance.now() - this.#began) / 1000 / this.#options.dilation;
  }

  at(time: number, run: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        run();
      },
      timerDelay((time - this.now) * this.#options.dilation),
    );
    this.#timers.add(timer);
  }

  wake(time: number, kind: number, id: number, group: number): void {
    this.at(time, () => this.dispatcher!.timer(kind, id, group));
  }

  start(worker: number, slot: number, group: number, index: number): void {
    const task = this.#ask(worker, slot, group, index).finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  abort(worker: number): void {
    this.#aborts[worker]?.abort();
  }

  /** Ends what is under way and nobody needs any more: timers and requests. */
  async settle(): Promise<void> {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const controller of this.#aborts) controller?.abort();
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #ask(worker: number, slot: number, group: number, index: number): Promise<void> {
    const { remotes, timed, dilation, point, answer } = this.#options;
    const [began, service] = [this.now, timed ? this.#load.service(group, index, worker, this.now) : 0];
    const controller = new AbortController();
    this.#aborts[worker] = controller;
    const parameters = timed ? { [serviceParameter]: service * dilation } : {};
    let values: Float32Array;
    try {
      values = await remotes[worker]!.infer(point(group, index), 1, { parameters, signal: controller.signal });
    } catch {
      if (this.#over) return;
      if (controller.signal.aborted) return this.dispatcher!.freed(worker);
      this.failures++;
      return this.dispatcher!.failed(worker);
    }
    if (this.#over) return;
    if (timed) this.overheads.push(this.now - began - service);
    answer?.(slot, index, values);
    this.dispatcher!.finished(worker);
  }
}
