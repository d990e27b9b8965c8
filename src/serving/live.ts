import type { RemoteModel } from '../protocol/client.ts';
import type { Code } from './code.ts';
import type { Deployment, Listener } from './deployment.ts';
import { Dispatcher } from './dispatcher.ts';
import { LiveClock } from './live-clock.ts';
import { serviceParameter } from './model-server.ts';
import type { Load } from './simulate.ts';

/** What a live run is given besides its deployment. */
export interface LiveOptions {
  /** The server of each worker, in the order of the pools. */
  readonly remotes: readonly Pick<RemoteModel, 'infer'>[];
  /** [D], what a task computes on. */
  point(group: number, index: number): Float32Array;
  /** Takes an answer, [m], of a group that is not finished yet. */
  answer?(slot: number, index: number, values: Float32Array): void;
  /** How many times slower than the load says everything goes, so that the dispatcher's own time is small beside it. */
  readonly dilation: number;
  /** Ends the run early: then it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What comes in; where `service` is absent, servers take what they take. */
export interface LiveLoad extends Pick<Load, 'arrivals'> {
  readonly service?: Load['service'] | undefined;
}

export interface LiveRun {
  readonly tasks: number;
  readonly copies: number;
  /** Tasks that got no answer. */
  readonly failures: number;
  /**
   * Seconds of the load's time, sorted: what each task took beyond the service time it was told; where servers take what they
   * take, by how much each arrival and timer came too late.
   */
  readonly overheads: Float64Array;
}

/**
 * Serves a load with real servers, in real time: the same dispatcher as `simulate`, another clock. All times of load and
 * deployment are in the load's seconds, which last `dilation` real ones.
 */
export async function serveLive(
  code: Code,
  deployment: Deployment,
  load: LiveLoad,
  { remotes, point, answer, dilation, signal }: LiveOptions,
  listener: (clock: { readonly now: number }, dispatcher: () => Dispatcher) => Listener,
): Promise<LiveRun> {
  const overheads: number[] = [];
  const clock = new LiveClock({
    dilation,
    async work({ worker, slot, group, index, signal: unwanted }) {
      const began = clock.now;
      const service = load.service?.(group, index, worker, began);
      const parameters = service === undefined ? {} : { [serviceParameter]: service * dilation };
      const values = await remotes[worker]!.infer(point(group, index), 1, { parameters, signal: unwanted });
      if (service !== undefined) overheads.push(clock.now - began - service);
      if (dispatcher.groups.group[slot] === group && dispatcher.groups.size[slot]! > 0) answer?.(slot, index, values);
    },
  });
  let open = load.arrivals.length;
  let allAnswered: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    allAnswered = resolve;
  });
  signal?.throwIfAborted();
  signal?.addEventListener('abort', allAnswered, { once: true });
  const told = listener(clock, () => dispatcher);
  const dispatcher: Dispatcher = new Dispatcher(code, deployment, clock, {
    ...told,
    answered(request, late, slot, query) {
      told.answered(request, late, slot, query);
      // the group that it ends is still to be told of
      if (--open === 0) queueMicrotask(allAnswered);
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
  signal?.removeEventListener('abort', allAnswered);
  await clock.settle();
  signal?.throwIfAborted();
  return {
    tasks: dispatcher.tasks,
    copies: dispatcher.copies,
    failures: clock.failures,
    overheads: Float64Array.from(load.service ? overheads : clock.delays).sort(),
  };
}
